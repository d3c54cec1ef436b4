use std::collections::BTreeMap;
use std::fmt;

use rhai::{AST, Engine};

use super::engine::{scope, value_of};
use crate::engine::Domain;
use crate::engine::options::{Facts, OptionSpec, OptionValue};
use crate::ports::{Evaluated, Given, OptionScript};

/// A value that depends on the run.
pub(super) struct Computed<O: 'static> {
    pub(super) spec: &'static OptionSpec<O>,
    pub(super) source: String,
    pub(super) program: AST,
}

impl<O> Computed<O> {
    /// The value, if there is one that is allowed.
    fn value(&self, engine: &Engine, scope: &rhai::Scope<'static>) -> Option<OptionValue> {
        let came = engine.eval_ast_with_scope::<rhai::Dynamic>(&mut scope.clone(), &self.program).ok()?;
        value_of(&came).ok().filter(|it| (self.spec.holds)().admits(it))
    }
}

/// A script that was read. Values that are the same for every run were computed once.
pub(super) struct Script<D: Domain> {
    pub(super) engine: Engine,
    pub(super) options: D::Options,
    pub(super) values: BTreeMap<&'static str, OptionValue>,
    pub(super) computed: Vec<Computed<D::Options>>,
}

impl<D: Domain> fmt::Debug for Script<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let computed: Vec<_> = self.computed.iter().map(|it| (it.spec.name, &it.source)).collect();
        f.debug_struct("Script").field("values", &self.values).field("computed", &computed).finish_non_exhaustive()
    }
}

impl<D: Domain> OptionScript<D> for Script<D> {
    fn given(&self, option: &str) -> Given {
        if let Some(value) = self.values.get(option) {
            return Given::Value(value.clone());
        }
        let computed = self.computed.iter().find(|it| it.spec.name == option);
        computed.map_or(Given::Default, |it| Given::Computed(it.source.clone()))
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Evaluated<D> {
        let mut came = Evaluated { options: self.options.clone(), fell_back: Vec::new() };
        if self.computed.is_empty() {
            return came;
        }
        let scope = scope(D::fact_specs(), facts);
        for computed in &self.computed {
            let value = computed.value(&self.engine, &scope);
            if !value.is_some_and(|it| (computed.spec.set)(&mut came.options, &it)) {
                (computed.spec.fail)(&mut came.options);
                came.fell_back.push(computed.spec.name.to_owned());
            }
        }
        came
    }
}
