//! A language that does one thing wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::options::{Facts, OptionFault, OptionFaultKind, OptionFaults, OptionValue};
use cardflow::ports::{Evaluated, Given, OptionLanguage, OptionScript};
use cardflow::testing::conformance::option_language::OptionLanguageFactory;

faults! {
    /// nothing is wrong
    None,
    /// an option is missing from what is shipped
    ShipsLess,
    /// another value than the default is shipped
    ShipsAnother,
    /// what is shipped says nothing of what is allowed
    ShipsBare,
    /// every value stands twice in what is shipped
    ShipsTwice,
    /// a name that is none is passed over
    PassesOverNames,
    /// nobody is told what was meant
    GuessesNothing,
    /// a value of another type is passed over
    PassesOverTypes,
    /// a value that is not allowed is passed over
    PassesOverValues,
    /// of an option that is set twice, the first counts
    TakesTheFirst,
    /// what does not read is passed over
    PassesOverSyntax,
    /// only the first fault is named
    NamesOne,
    /// the script is not named
    NamesAnotherScript,
    /// a value that is not the default is refused
    RefusesChanges,
    /// what is not set has its safe value
    FillsWithSafeValues,
    /// what is not set is said to be set
    SaysAllIsSet,
    /// a text of any length is read
    ReadsAnyLength,
    /// depth is too much for it
    Overflows,
    /// what fails has its default
    FallsBackToDefaults,
    /// what fails is not named
    FallsBackInSilence,
    /// one failure fails all
    FallsBackAsAWhole,
    /// what is computed once is kept
    Alternates,
}

#[derive(Debug)]
struct WrongLanguage(Fault);

#[derive(Debug)]
struct WrongScript {
    fault: Fault,
    inner: Arc<dyn OptionScript<Cards>>,
    evaluated: AtomicUsize,
}

fn language() -> &'static dyn OptionLanguage<Cards> {
    &RhaiOptions
}

impl OptionLanguage<Cards> for WrongLanguage {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn shipped(&self) -> String {
        let text = language().shipped();
        let lines = |keep: &dyn Fn(&str) -> bool| text.lines().filter(|it| keep(it)).collect::<Vec<_>>().join("\n");
        match self.0 {
            Fault::ShipsLess => lines(&|it| !it.starts_with("let CardsReasons")),
            Fault::ShipsAnother => text.replace("CardsMultipleActive = false", "CardsMultipleActive = true"),
            Fault::ShipsBare => lines(&|it| it.starts_with("let ") || it.contains("CardsScriptOptions")),
            Fault::ShipsTwice => {
                let comments = text.lines().filter(|it| it.starts_with("let ")).map(|it| format!("// {it}\n"));
                comments.collect::<String>() + text.as_str()
            }
            _ => text,
        }
    }

    fn read(&self, text: &str) -> Result<Arc<dyn OptionScript<Cards>>, OptionFaults> {
        if self.0 == Fault::Overflows {
            assert!(text.matches('(').count() < 1000, "the stack overflows");
        }
        let script = |inner| {
            let script = WrongScript { fault: self.0, inner, evaluated: AtomicUsize::new(0) };
            Arc::new(script) as Arc<dyn OptionScript<Cards>>
        };
        let OptionFaults(mut faults) = match language().read(text) {
            Ok(inner) if self.0 == Fault::RefusesChanges && inner.evaluate(&Facts::none()).options.multiple_active => {
                return language().read("let CardsUnholdable = 1;").map(script);
            }
            Ok(inner) => return Ok(script(inner)),
            Err(faults) => faults,
        };
        let passed = |it: &OptionFault| match self.0 {
            Fault::PassesOverNames => it.what == OptionFaultKind::UnknownOption,
            Fault::PassesOverTypes => matches!(it.what, OptionFaultKind::WrongType { .. }),
            Fault::PassesOverValues => matches!(it.what, OptionFaultKind::NotAllowed { .. }),
            Fault::TakesTheFirst => matches!(it.what, OptionFaultKind::SetTwice { .. }),
            Fault::PassesOverSyntax => matches!(it.what, OptionFaultKind::Syntax { .. }),
            Fault::ReadsAnyLength => it.what == OptionFaultKind::TooLong,
            _ => false,
        };
        let lines: Vec<_> = faults.iter().filter(|it| passed(it)).map(|it| it.at.line).collect();
        if faults.iter().all(passed) {
            let left = text.lines().enumerate().filter(|(nth, _)| !lines.contains(&(nth + 1)));
            let left = left.map(|(_, line)| line).filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n");
            return language().read(&left).map(script);
        }
        match self.0 {
            Fault::NamesOne => faults.truncate(1),
            Fault::GuessesNothing => faults.iter_mut().for_each(|it| it.meant = None),
            Fault::NamesAnotherScript => faults.iter_mut().for_each(|it| it.script = "script"),
            _ => {}
        }
        Err(OptionFaults(faults))
    }
}

impl OptionScript<Cards> for WrongScript {
    fn given(&self, option: &str) -> Given {
        match self.inner.given(option) {
            Given::Default if self.fault == Fault::SaysAllIsSet => Given::Value(OptionValue::Switch(true)),
            given => given,
        }
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Evaluated<Cards> {
        let mut came = self.inner.evaluate(facts);
        let times = self.evaluated.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::FillsWithSafeValues => {
                let unset = CardsOptions::SPECS.iter().filter(|it| self.inner.given(it.name) == Given::Default);
                unset.for_each(|it| (it.fail)(&mut came.options));
            }
            Fault::FallsBackToDefaults => {
                for spec in CardsOptions::SPECS.iter().filter(|it| came.fell_back.iter().any(|name| name == it.name)) {
                    (spec.set)(&mut came.options, &spec.default_value());
                }
            }
            Fault::FallsBackInSilence => came.fell_back.clear(),
            Fault::FallsBackAsAWhole if !came.fell_back.is_empty() => {
                CardsOptions::SPECS.iter().for_each(|it| (it.fail)(&mut came.options));
            }
            Fault::Alternates => came.options.multiple_active ^= times % 2 == 1,
            _ => {}
        }
        came
    }
}

/// Makes languages with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl OptionLanguageFactory for Wrong {
    type Domain = Cards;

    fn language(&self) -> Arc<dyn OptionLanguage<Cards>> {
        Arc::new(WrongLanguage(self.0))
    }

    fn setting(&self, option: &str, value: &OptionValue) -> String {
        format!("let {option} = {value};")
    }

    fn unreadable(&self) -> String {
        "let CardsUnholdable = (;".to_owned()
    }

    fn failing(&self) -> Option<(&'static str, String)> {
        let line = "let CardsDeactivationApproval = card.kind.starts_with(\"c\");";
        Some(("CardsDeactivationApproval", line.to_owned()))
    }
}
