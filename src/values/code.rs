use thiserror::Error;

/// A name that is not in a closed list, with the list.
///
/// ```
/// use cardflow::domain::CardState;
///
/// let error = "lost".parse::<CardState>().unwrap_err();
/// assert!(error.to_string().starts_with("unknown card state `lost`; known: registered, "));
/// ```
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("unknown {what} `{given}`; known: {}", known.join(", "))]
pub struct UnknownName {
    pub(crate) what: &'static str,
    pub(crate) given: String,
    pub(crate) known: Vec<&'static str>,
}

/// Defines an enum whose variants have a name in words: the one spelling that people read,
/// scripts write and [`std::str::FromStr`] accepts.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $type:ident ($what:literal) {
            $( $(#[$vmeta:meta])* $variant:ident = $name:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
        pub enum $type { $( $(#[$vmeta])* $variant, )+ }

        impl $type {
            /// Every one of them, in the order of declaration.
            pub const ALL: &'static [$type] = &[ $( $type::$variant, )+ ];

            /// The name in words.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( $type::$variant => $name, )+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::values::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $type::ALL.iter().copied().find(|it| it.name() == text.trim()).ok_or_else(|| {
                    $crate::values::UnknownName {
                        what: $what,
                        given: $crate::values::shown(text),
                        known: $type::ALL.iter().map(|it| it.name()).collect(),
                    }
                })
            }
        }
    };
}
pub(crate) use codes;
