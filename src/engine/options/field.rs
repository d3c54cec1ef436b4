use super::spec::{OptionType, OptionValue};

/// A type of fields that keep an option.
pub trait OptionField: Sized {
    /// What such a field may hold, unless its option allows less.
    fn holds() -> OptionType;

    /// What it holds.
    fn value(&self) -> OptionValue;

    /// The field that holds a value; none if the value is of another type or none of this one.
    fn of_value(value: &OptionValue) -> Option<Self>;
}

impl OptionField for bool {
    fn holds() -> OptionType {
        OptionType::Switch
    }

    fn value(&self) -> OptionValue {
        OptionValue::Switch(*self)
    }

    fn of_value(value: &OptionValue) -> Option<Self> {
        if let OptionValue::Switch(it) = value { Some(*it) } else { None }
    }
}

impl OptionField for u32 {
    fn holds() -> OptionType {
        OptionType::Number { least: 0, most: i64::from(u32::MAX) }
    }

    fn value(&self) -> OptionValue {
        OptionValue::Number(i64::from(*self))
    }

    fn of_value(value: &OptionValue) -> Option<Self> {
        if let OptionValue::Number(it) = value { u32::try_from(*it).ok() } else { None }
    }
}

impl OptionField for i64 {
    fn holds() -> OptionType {
        OptionType::Number { least: i64::MIN, most: i64::MAX }
    }

    fn value(&self) -> OptionValue {
        OptionValue::Number(*self)
    }

    fn of_value(value: &OptionValue) -> Option<Self> {
        if let OptionValue::Number(it) = value { Some(*it) } else { None }
    }
}

/// None is the empty text.
impl OptionField for Option<String> {
    fn holds() -> OptionType {
        OptionType::Text
    }

    fn value(&self) -> OptionValue {
        OptionValue::Text(self.clone().unwrap_or_default())
    }

    fn of_value(value: &OptionValue) -> Option<Self> {
        match value {
            OptionValue::Text(it) if it.is_empty() => Some(None),
            OptionValue::Text(it) => Some(Some(it.clone())),
            OptionValue::Switch(_) | OptionValue::Number(_) | OptionValue::Texts(_) => None,
        }
    }
}

impl OptionField for Vec<String> {
    fn holds() -> OptionType {
        OptionType::Texts
    }

    fn value(&self) -> OptionValue {
        OptionValue::Texts(self.clone())
    }

    fn of_value(value: &OptionValue) -> Option<Self> {
        if let OptionValue::Texts(it) = value { Some(it.clone()) } else { None }
    }
}
