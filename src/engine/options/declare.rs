/// Declares the options of a domain: each once, with all there is to know of it.
///
/// Makes the struct that keeps them, its default, its form in any serde source, and `SPECS`, the table that everything else
/// is made from. To add an option, add an entry.
///
/// ```
/// use cardflow::engine::options::{OptionType, OptionValue};
///
/// cardflow::declare_options! {
///     /// What the head of a library decides.
///     pub struct Rules {
///         loans: u32 {
///             name: "LibraryLoans",
///             help: "So many books one reader may have.",
///             default: 10,
///             fails_to: 1,
///             allowed: OptionType::Number { least: 1, most: 100 },
///             tried: [10, 1],
///         }
///     }
/// }
///
/// let spec = &Rules::SPECS[0];
/// assert_eq!(spec.default_value(), OptionValue::Number(10));
/// assert_eq!((spec.holds)().to_string(), "a whole number from 1 to 100");
/// ```
///
/// - `name`: how scripts call it.
/// - `help`: what it does, for the script and the manual.
/// - `default`: the value it is shipped with.
/// - `fails_to`: the value it takes where a script gives it none, because it fails for the facts of a run: the safe one.
/// - `allowed`: what it may hold, where that is less than its type could.
/// - `tried`: the values that the proofs of a process try, the default first.
#[macro_export]
macro_rules! declare_options {
    (
        $(#[$meta:meta])*
        $vis:vis struct $options:ident {
            $(
                $(#[$attribute:meta])*
                $field:ident: $type:ty {
                    name: $name:literal,
                    help: $help:literal,
                    default: $default:expr,
                    fails_to: $fails_to:expr,
                    $(allowed: $allowed:expr,)?
                    tried: [$($tried:expr),+ $(,)?],
                }
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $options {
            $(
                #[doc = concat!("`", $name, "`: ", $help)]
                $(#[$attribute])*
                #[serde(rename = $name)]
                $vis $field: $type,
            )*
        }

        impl Default for $options {
            fn default() -> Self {
                $options { $($field: $default,)* }
            }
        }

        impl $options {
            /// Each option as it is declared, in the order of the script.
            $vis const SPECS: &'static [$crate::engine::options::OptionSpec<$options>] = &[$(
                $crate::engine::options::OptionSpec {
                    name: $name,
                    help: $help,
                    holds: || {
                        let all = <$type as $crate::engine::options::OptionField>::holds();
                        [$(Some($allowed),)? None].into_iter().flatten().next().unwrap_or(all)
                    },
                    get: |options| $crate::engine::options::OptionField::value(&options.$field),
                    set: |options, value| {
                        let field = <$type as $crate::engine::options::OptionField>::of_value(value);
                        field.map(|it| options.$field = it).is_some()
                    },
                    fail: |options| options.$field = $fails_to,
                    tried: &[$(|options| options.$field = $tried),+],
                },
            )*];
        }
    };
}

#[doc(no_inline)]
pub use declare_options;
