//! Mail over SMTP, worded by templates.
//!
//! [`SmtpNotifier`] is the [`Notifier`](crate::ports::Notifier) that sends mail; [`Templates`] word it, with a subject, a text
//! and an HTML part for each [kind of notice](crate::engine::NoticeKind) and language. The chapter
//! [mail](crate::manual::mail) has an example, and every variable.

mod error;
mod fault;
mod letter;
mod line;
mod name;
mod notifier;
mod password;
mod probe;
mod settings;
mod shipped;
mod template_error;
mod templates;
mod value;

pub use self::error::SmtpError;
pub use self::name::Part;
pub use self::notifier::SmtpNotifier;
pub use self::password::Password;
pub use self::settings::SmtpSettings;
pub use self::template_error::{TemplateError, TemplateFault};
pub use self::templates::{Templates, Worded};
