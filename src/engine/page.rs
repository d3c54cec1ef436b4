use super::approval::Relaxed;
use super::definition::{Outline, Step, StepKind};
use super::domain::Domain;
use super::form::Field;

impl<D: Domain> Outline<D> {
    /// The process as a page of a manual, in Markdown: what it is for, needs, asks and leaves, and its steps.
    #[must_use]
    pub fn page(&self) -> String {
        let Outline { name, title, version, use_case, outcome, .. } = self;
        let switched = self.components_if.iter().map(|(it, _)| format!("{it}, if switched on"));
        let components: Vec<_> = self.components.iter().map(|it| it.name().to_owned()).chain(switched).collect();
        let sorts = if self.sorts.is_empty() { "all".to_owned() } else { self.sorts.join(", ") };
        let options: Vec<_> = self.options.iter().map(|it| format!("`{it}`")).collect();
        let mut text = format!("## {title}\n\n`{name}`, version {}. {use_case}.\n\n| | |\n| --- | --- |\n", version.0);
        for (what, value) in [
            ("offered to", components.join(", ").as_str()),
            ("for", &sorts),
            ("needs", &self.requires.join(" or ")),
            ("leaves", outcome),
            ("options", &options.join(", ")),
            ("mail", &self.mail_in_words()),
        ] {
            text.push_str(&format!("| {what} | {value} |\n"));
        }
        if let Some(limit) = &self.limit {
            text.push_str(&format!("| limit | {} |\n", limit.in_words()));
        }
        text.push('\n');
        for step in &self.steps {
            text.push_str(&step.item());
        }
        text + "\n```mermaid\n" + self.diagram().as_str() + "```\n"
    }

    /// A Mermaid diagram of the steps.
    #[must_use]
    pub fn diagram(&self) -> String {
        let mut text = String::from("flowchart TD\n    start([start])");
        let mut flows = true;
        for step in &self.steps {
            let label = match (&step.kind, &step.when) {
                (kind, Some(_)) => format!("{} {}, if switched on", kind.name(), step.name),
                (kind, None) => format!("{} {}", kind.name(), step.name),
            };
            text.push_str(&format!("{}{}[{label}]\n", if flows { " --> " } else { "    " }, step.name));
            match &step.kind {
                StepKind::Form(_) => {
                    text.push_str(&format!("    {} -- Cancel --> cancelled([cancelled])\n", step.name))
                }
                StepKind::Branch { to, .. } => text.push_str(&format!("    {} -- if --> {to}\n", step.name)),
                StepKind::Approval { rejected: Some(to), .. } => {
                    text.push_str(&format!("    {} -- rejected --> {to}\n", step.name));
                }
                StepKind::Approval { rejected: None, .. } => {
                    text.push_str(&format!("    {} -- rejected --> rejected([rejected])\n", step.name));
                }
                StepKind::Change { .. } | StepKind::Effect(_) | StepKind::Questions(_) | StepKind::End => {}
            }
            flows = !matches!(step.kind, StepKind::End);
            if flows {
                text.push_str(&format!("    {}", step.name));
            }
        }
        text
    }
}

impl<D: Domain> Step<D> {
    /// An item of a numbered list; a form with its fields below it.
    fn item(&self) -> String {
        let condition = if self.when.is_some() { ", if switched on" } else { "" };
        let what = match &self.kind {
            StepKind::Form(form) => {
                let fields: String = form.fields().iter().map(|it| format!("\n   - {}", it.in_words())).collect();
                format!("shows {}; Next or Cancel{fields}", form.parts().join(" and "))
            }
            StepKind::Approval { policy, rejected, .. } => {
                let way = rejected.map(|to| format!("; if refused, goes on at `{to}`")).unwrap_or_default();
                let aside = |it: &Relaxed| format!("; the rule about the {} is set aside: {}", it.bar, it.why);
                let relaxed: String = policy.relaxed.iter().map(aside).collect();
                format!("{policy} must agree (covers: {}){way}{relaxed}", policy.covers)
            }
            StepKind::Change { leaves } => format!("leaves {leaves}"),
            StepKind::Effect(_) => "asks the outside and waits for the answer".to_owned(),
            StepKind::Questions(_) => "asks the outside; the process is over when all is answered".to_owned(),
            StepKind::Branch { to, .. } => format!("goes on at `{to}` if its condition holds"),
            StepKind::End => "the process is over".to_owned(),
        };
        format!("1. {} `{}`{condition}: {what}\n", self.kind.name(), self.name)
    }
}

impl<D: Domain> Field<D> {
    fn in_words(&self) -> String {
        let needed = if self.required { "" } else { ", optional" };
        format!("{} (`{}`{needed}): {}", self.label, self.name, self.asks.in_words(&D::Options::default()))
    }
}
