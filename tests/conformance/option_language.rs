//! The languages that options are set in.

use std::sync::Arc;

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::Cards;
use cardflow::engine::options::OptionValue;
use cardflow::ports::OptionLanguage;
use cardflow::testing::conformance::option_language::OptionLanguageFactory;

struct Rhai;

impl OptionLanguageFactory for Rhai {
    type Domain = Cards;

    fn language(&self) -> Arc<dyn OptionLanguage<Cards>> {
        Arc::new(RhaiOptions)
    }

    fn setting(&self, option: &str, value: &OptionValue) -> String {
        format!("let {option} = {value};")
    }

    fn unreadable(&self) -> String {
        "let CardsUnholdable = \"proceed;".to_owned()
    }

    fn failing(&self) -> Option<(&'static str, String)> {
        // Nothing begins with anything while it is not known.
        let line = "let CardsDeactivationApproval = holder.department.starts_with(\"Ber\");";
        Some(("CardsDeactivationApproval", line.to_owned()))
    }
}

mod rhai {
    cardflow::option_language_conformance!(super::Rhai);
}

struct Toml;

impl OptionLanguageFactory for Toml {
    type Domain = Cards;

    fn language(&self) -> Arc<dyn OptionLanguage<Cards>> {
        Arc::new(TomlOptions)
    }

    fn setting(&self, option: &str, value: &OptionValue) -> String {
        format!("{option} = {value}")
    }

    fn unreadable(&self) -> String {
        "CardsUnholdable = \"proceed".to_owned()
    }

    fn failing(&self) -> Option<(&'static str, String)> {
        None
    }
}

mod toml {
    cardflow::option_language_conformance!(super::Toml);
}
