//! The language as far as options need it: values, operators, `if`, `switch`, and a few functions on texts and lists.

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString, Map, Position, Scope};

use crate::engine::options::{Fact, FactSpec, Facts, OptionValue};

/// The functions there are; nothing else can be called.
pub(super) const FUNCTIONS: &[&str] =
    &["contains", "starts_with", "ends_with", "to_lower", "to_upper", "len", "is_empty"];

/// Words of the language that name nothing.
pub(super) const KEYWORDS: &[&str] = &["if", "else", "switch", "true", "false", "in", "_"];

/// An engine that knows nothing of files, modules, clocks and output: it begins empty, and gets the functions above.
pub(super) fn sandbox() -> Engine {
    let mut engine = Engine::new_raw();
    for word in ["eval", "import", "export", "fn", "Fn", "call", "curry", "print", "debug", "throw", "try"] {
        engine.disable_symbol(word);
    }
    engine
        .set_strict_variables(true)
        .set_allow_looping(false)
        .set_allow_anonymous_fn(false)
        .set_allow_statement_expression(false)
        .set_max_operations(10_000)
        .set_max_call_levels(4)
        .set_max_expr_depths(32, 8)
        .set_max_variables(32)
        .set_max_functions(0)
        .set_max_modules(0)
        .set_max_string_size(64 * 1024)
        .set_max_array_size(1024)
        .set_max_map_size(64)
        .set_max_strings_interned(64)
        .on_print(|_| {})
        .on_debug(|_, _, _| {});
    engine
        .register_fn("contains", |list: &mut Array, text: ImmutableString| {
            list.iter().any(|it| it.read_lock::<ImmutableString>().is_some_and(|it| *it == text))
        })
        .register_fn("contains", |text: &str, part: &str| text.contains(part))
        .register_fn("starts_with", |text: &str, part: &str| text.starts_with(part))
        .register_fn("ends_with", |text: &str, part: &str| text.ends_with(part))
        .register_fn("to_lower", |text: &str| text.to_lowercase())
        .register_fn("to_upper", |text: &str| text.to_uppercase())
        .register_fn("len", |list: &mut Array| i64::try_from(list.len()).unwrap_or(i64::MAX))
        .register_fn("len", |text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
        .register_fn("is_empty", |list: &mut Array| list.is_empty())
        .register_fn("is_empty", |text: &str| text.is_empty());
    engine
}

/// The facts as a script sees them; all that are declared, and nothing where one is not known.
pub(super) fn scope(specs: &[FactSpec], facts: &Facts<'_>) -> Scope<'static> {
    let mut maps: Vec<(&str, Map)> = Vec::new();
    for spec in specs {
        let (root, property) = spec.name.split_once('.').unwrap_or((spec.name, ""));
        let value = match facts.get(spec.name) {
            Some(Fact::Text(text)) => Dynamic::from(ImmutableString::from(text)),
            Some(Fact::Texts(texts)) => {
                texts.iter().map(|it| Dynamic::from(ImmutableString::from(it))).collect::<Array>().into()
            }
            None => Dynamic::UNIT,
        };
        match maps.iter_mut().find(|(it, _)| *it == root) {
            Some((_, map)) => {
                map.insert(property.into(), value);
            }
            None => maps.push((root, Map::from([(property.into(), value)]))),
        }
    }
    let mut scope = Scope::new();
    for (root, map) in maps {
        scope.push(root, map);
    }
    scope
}

/// The value that a script came to, or what it is if no option is of its type.
pub(super) fn value_of(value: &Dynamic) -> Result<OptionValue, &'static str> {
    if let Ok(it) = value.as_bool() {
        return Ok(OptionValue::Switch(it));
    }
    if let Ok(it) = value.as_int() {
        return Ok(OptionValue::Number(it));
    }
    if let Some(it) = value.read_lock::<ImmutableString>() {
        return Ok(OptionValue::Text(it.to_string()));
    }
    if let Some(items) = value.read_lock::<Array>() {
        let texts = items.iter().map(|it| Some(it.read_lock::<ImmutableString>()?.to_string()));
        let texts = texts.collect::<Option<Vec<_>>>();
        return texts.map(OptionValue::Texts).ok_or("a list with something else than texts in it");
    }
    Err(match value {
        it if it.is_unit() => "nothing",
        it if it.is_char() => "a character; a text stands in \"…\"",
        it if it.is_map() => "a map",
        _ => "of a type that no option has",
    })
}

/// Line and column, if there are any.
pub(super) fn place(position: Position) -> Option<(usize, usize)> {
    Some((position.line()?, position.position().unwrap_or(1)))
}

/// What went wrong when a value was computed, without the place.
pub(super) fn in_words(error: &mut EvalAltResult) -> String {
    error.clear_position();
    error.to_string()
}
