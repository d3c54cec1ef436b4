//! The texts that are made from what is declared: the script that ships, and the tables of the manual.

use super::facts::{FactSpec, FactType};
use super::spec::OptionSpec;

/// Where lines of comments end.
const WIDTH: usize = 100;

/// How a language writes a value that is set, and a comment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScriptStyle {
    /// Begins a comment of one line.
    pub comment: &'static str,
    /// Stands before a name that is set.
    pub before: &'static str,
    /// Ends a value.
    pub after: &'static str,
}

/// The script as it ships: every option with its default, and a comment each with what it does and what is allowed.
/// `head` says what the language can do.
#[must_use]
pub fn shipped<O: Default>(script: &str, head: &str, specs: &[OptionSpec<O>], style: ScriptStyle) -> String {
    let ScriptStyle { comment, before, after } = style;
    let mut text = comments(&format!("{script}: the options, as they are shipped. {head}"), comment);
    for spec in specs {
        text.push('\n');
        text.push_str(&comments(spec.help, comment));
        text.push_str(&comments(&format!("Allowed: {}.", (spec.holds)()), comment));
        text.push_str(&format!("{before}{} = {}{after}\n", spec.name, spec.default_value()));
    }
    text
}

fn comments(text: &str, comment: &str) -> String {
    let mut lines = String::new();
    let mut line = comment.to_owned();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() + 1 > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = comment.to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + line.as_str() + "\n"
}

/// The options as a table in Markdown.
#[must_use]
pub fn option_table<O: Default>(specs: &[OptionSpec<O>]) -> String {
    let mut text =
        "| option | what it does | allowed | default | if its value fails |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for spec in specs {
        let (allowed, default, fails) = ((spec.holds)(), spec.default_value(), spec.fail_value());
        let fails = if fails == default { "the default".to_owned() } else { format!("`{fails}`") };
        text.push_str(&format!("| `{}` | {} | {allowed} | `{default}` | {fails} |\n", spec.name, spec.help));
    }
    text
}

/// The facts as a table in Markdown.
#[must_use]
pub fn fact_table(specs: &[FactSpec]) -> String {
    let mut text = "| fact | holds | what it says |\n| --- | --- | --- |\n".to_owned();
    for spec in specs {
        let holds = match spec.holds {
            FactType::Text => "a text; nothing if not known",
            FactType::Texts => "a list of texts",
        };
        text.push_str(&format!("| `{}` | {holds} | {} |\n", spec.name, spec.help));
    }
    text
}
