//! Changes of a SQLite file, generated from its tables.

use std::fmt;
use std::path::Path;

use cardflow::values::ObjectRef;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// A table as it is.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    is_key: bool,
}

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    table: String,
    columns: Vec<Column>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// A value of a row becomes another.
    Set {
        row: Vec<Value>,
        column: usize,
        how: &'static str,
        value: Value,
    },
    Delete {
        row: Vec<Value>,
    },
    /// Two rows exchange one column, or all but their keys.
    Swap {
        one: Vec<Value>,
        other: Vec<Value>,
        columns: Vec<usize>,
    },
    /// A copy of a row, with another key.
    Insert {
        row: Vec<Value>,
    },
    DeleteAll,
}

pub(crate) fn tables(path: &Path) -> Vec<Table> {
    let connection = Connection::open(path).unwrap();
    let mut names = connection.prepare("select name from sqlite_schema where type = 'table' order by name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    names.iter().map(|it| Table::read(&connection, it)).collect()
}

/// Every row of a table, in the order of its key.
pub(crate) fn rows(connection: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut select = connection.prepare(&format!("select * from \"{table}\"")).unwrap();
    let count = select.column_count();
    let rows = select.query_map([], |row| (0..count).map(|it| row.get::<_, Value>(it)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

impl Table {
    fn read(connection: &Connection, name: &str) -> Table {
        let mut info = connection.prepare(&format!("pragma table_info(\"{name}\")")).unwrap();
        let column = |row: &rusqlite::Row<'_>| Ok(Column { name: row.get(1)?, is_key: row.get::<_, i64>(5)? > 0 });
        let mut columns: Vec<Column> = info.query_map([], column).unwrap().map(Result::unwrap).collect();
        if columns.iter().all(|it| !it.is_key) {
            columns.iter_mut().for_each(|it| it.is_key = true);
        }
        let rows = rows(connection, name);
        assert!(!rows.is_empty(), "the scene has nothing in `{name}`");
        Table { name: name.to_owned(), columns, rows }
    }

    /// Rows that stand for all: some from beginning to end, and one of each kind.
    fn sample(&self) -> Vec<Vec<Value>> {
        const SOME: usize = 5;
        let step = (self.rows.len() / SOME).max(1);
        let mut sample: Vec<Vec<Value>> = self.rows.iter().step_by(step).cloned().collect();
        sample.extend(self.rows.last().cloned());
        if let Some(kind) = self.columns.iter().position(|it| ["kind", "sort"].contains(&it.name.as_str())) {
            for row in &self.rows {
                if !sample.iter().any(|it| it[kind] == row[kind]) {
                    sample.push(row.clone());
                }
            }
        }
        // Rows with something in a column that is mostly empty.
        for column in 0..self.columns.len() {
            for empty in [true, false] {
                let of = |it: &&Vec<Value>| (it[column] == Value::Null) == empty;
                if !sample.iter().any(|it| of(&it)) {
                    sample.extend(self.rows.iter().find(of).cloned());
                }
            }
        }
        sample.dedup();
        sample
    }

    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let sample = self.sample();
        let mut all = vec![What::DeleteAll];
        for row in &sample {
            all.push(What::Delete { row: row.clone() });
            for column in 0..self.columns.len() {
                for (how, value) in others(&row[column]) {
                    all.push(What::Set { row: row.clone(), column, how, value });
                }
            }
        }
        for pair in sample.windows(2) {
            let [one, other] = pair else { continue };
            let differ = |it: &usize| one[*it] != other[*it];
            let free: Vec<usize> =
                (0..self.columns.len()).filter(|it| !self.columns[*it].is_key).filter(differ).collect();
            for column in &free {
                all.push(What::Swap { one: one.clone(), other: other.clone(), columns: vec![*column] });
            }
            if !free.is_empty() {
                all.push(What::Swap { one: one.clone(), other: other.clone(), columns: free });
            }
        }
        for row in &sample {
            for column in (0..self.columns.len()).filter(|it| self.columns[*it].is_key) {
                let mut row = row.clone();
                row[column] = another(&row[column]);
                all.push(What::Insert { row: row.clone() });
                // An id may have to be unique too, without being the key.
                if let Some(id) = self.columns.iter().position(|it| it.name == "id" && !it.is_key) {
                    row[id] = another(&row[id]);
                    all.push(What::Insert { row });
                }
            }
        }
        all.into_iter().map(|what| Change { table: self.name.clone(), columns: self.columns.clone(), what })
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::Integer(it) => Value::Integer(it + 1_000_000),
        Value::Blob(it) => Value::Blob(flipped(it, it.len().saturating_sub(1), 0x40)),
        other => other.clone(),
    }
}

fn flipped(bytes: &[u8], at: usize, bits: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match bytes.get_mut(at) {
        Some(byte) => *byte ^= bits,
        None => bytes.push(bits),
    }
    bytes
}

/// Other values than this one, and how they came about.
fn others(value: &Value) -> Vec<(&'static str, Value)> {
    let mut others = vec![("null", Value::Null)];
    match value {
        Value::Null => {
            others.extend([("something", Value::Blob(vec![7; 16])), ("something", Value::Integer(7))]);
            others.push(("something", Value::Text("7".to_owned())));
        }
        Value::Integer(it) => {
            others.extend([("flip", Value::Integer(it ^ 1)), ("flip", Value::Integer(it ^ (1 << 40)))]);
            others.push(("zero", Value::Integer(0)));
        }
        Value::Real(it) => others.push(("flip", Value::Real(-it))),
        Value::Text(it) => {
            others.extend([("flip", Value::Text(format!("{it}x"))), ("zero", Value::Text(String::new()))]);
        }
        Value::Blob(it) => {
            let last = it.len().saturating_sub(1);
            for (at, bits) in [(0, 1), (last / 3, 0x80), (last / 2, 1), (last, 1), (last, 0x80)] {
                others.push(("flip", Value::Blob(flipped(it, at, bits))));
            }
            others.push(("zero", Value::Blob(vec![0; it.len()])));
            others.push(("cut", Value::Blob(it[..it.len() / 2].to_vec())));
        }
    }
    others.retain(|(_, it)| it != value);
    others
}

impl Change {
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// The columns it is about; for whole rows all of them.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let name = |it: &usize| self.columns[*it].name.as_str();
        match &self.what {
            What::Set { column, .. } => vec![name(column)],
            What::Swap { columns, .. } => columns.iter().map(name).collect(),
            What::Delete { .. } | What::Insert { .. } | What::DeleteAll => {
                (0..self.columns.len()).map(|it| name(&it)).collect()
            }
        }
    }

    /// Whether all it does is to give an object one more time to be looked at, or an alarm another id: nothing comes of it.
    pub(crate) fn is_one_look_more(&self) -> bool {
        match &self.what {
            What::Set { row, column, .. } => self.columns[*column].name == "id" && self.is_alarm(row),
            What::Insert { row } => self.is_alarm(row),
            What::Delete { .. } | What::Swap { .. } | What::DeleteAll => false,
        }
    }

    /// Whether all it does is to take away the alarm of an object: of one that has come to its end, nothing is due any more.
    pub(crate) fn takes_the_alarm_of(&self, object: ObjectRef) -> bool {
        let of = |row: &[Value]| {
            let instance = self.value(row, "instance");
            self.is_alarm(row) && instance == Some(Value::Blob(object.id().as_bytes().to_vec()))
        };
        match &self.what {
            What::Set { row, column, .. } => self.columns[*column].name == "tenant" && of(row),
            What::Delete { row } => of(row),
            What::Insert { .. } | What::Swap { .. } | What::DeleteAll => false,
        }
    }

    fn value(&self, row: &[Value], name: &str) -> Option<Value> {
        let at = self.columns.iter().position(|it| it.name == name);
        at.and_then(|it| row.get(it).cloned())
    }

    fn is_alarm(&self, row: &[Value]) -> bool {
        let body = self.value(row, "body");
        self.value(row, "sort") == Some(Value::Integer(0)) && matches!(body, Some(Value::Blob(it)) if !it.is_empty())
    }

    /// For the table of results.
    pub(crate) fn kind(&self) -> String {
        let what = match &self.what {
            What::Set { how, .. } => how,
            What::Delete { .. } => "delete a row",
            What::Swap { .. } => "swap",
            What::Insert { .. } => "insert a row",
            What::DeleteAll => "delete all rows",
        };
        format!("{} {what}", self.table)
    }

    /// Types, empty columns and doubled keys are refused by the database itself.
    pub(crate) fn may_be_refused(&self) -> bool {
        !matches!(self.what, What::Delete { .. } | What::DeleteAll)
    }

    /// Whether the rows are what they were but for these columns: requests that exchange everything but their order, say.
    pub(crate) fn leaves_rows_as_they_were(&self, whole: &Path, but_for: impl Fn(&str) -> bool) -> bool {
        let connection = Connection::open(whole).unwrap();
        let evidence = || {
            let mut rows = rows(&connection, &self.table);
            for row in &mut rows {
                let columns = self.columns.iter().zip(std::mem::take(row));
                row.extend(columns.filter(|(it, _)| !but_for(&it.name)).map(|(_, value)| value));
            }
            rows.sort_by_key(|it| format!("{it:?}"));
            rows
        };
        let before = evidence();
        connection.execute_batch("begin").unwrap();
        self.run(&connection).unwrap();
        let after = evidence();
        connection.execute_batch("rollback").unwrap();
        before == after
    }

    pub(crate) fn apply(&self, path: &Path) -> rusqlite::Result<()> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "off")?;
        self.run(&connection)
    }

    fn run(&self, connection: &Connection) -> rusqlite::Result<()> {
        let table = &self.table;
        let changed = match &self.what {
            What::DeleteAll => connection.execute(&format!("delete from \"{table}\""), [])?,
            What::Delete { row } => {
                let (condition, key) = self.find(row, 1);
                connection.execute(&format!("delete from \"{table}\" where {condition}"), params_from_iter(key))?
            }
            What::Set { row, column, value, .. } => {
                self.set(connection, row, &[*column], std::slice::from_ref(value))?
            }
            What::Swap { one, other, columns } => {
                let of = |row: &[Value]| columns.iter().map(|it| row[*it].clone()).collect::<Vec<_>>();
                // A unique column must be free before the other row takes it.
                let clear: Vec<Value> = of(one)
                    .iter()
                    .map(|it| match it {
                        Value::Blob(it) => Value::Blob(flipped(it, 0, 0x55)),
                        Value::Integer(it) => Value::Integer(it ^ (1 << 50)),
                        it => it.clone(),
                    })
                    .collect();
                self.set(connection, one, columns, &clear)?;
                self.set(connection, other, columns, &of(one))?;
                self.set(connection, one, columns, &of(other))?
            }
            What::Insert { row } => {
                let places: Vec<_> = (1..=row.len()).map(|it| format!("?{it}")).collect();
                let insert = format!("insert into \"{table}\" values ({})", places.join(", "));
                connection.execute(&insert, params_from_iter(row.clone()))?
            }
        };
        assert!(changed > 0, "{self} found nothing");
        Ok(())
    }

    fn set(
        &self,
        connection: &Connection,
        row: &[Value],
        columns: &[usize],
        values: &[Value],
    ) -> rusqlite::Result<usize> {
        let (condition, key) = self.find(row, columns.len() + 1);
        let set = |(n, column): (usize, &usize)| format!("\"{}\" = ?{}", self.columns[*column].name, n + 1);
        let set: Vec<_> = columns.iter().enumerate().map(set).collect();
        let update = format!("update \"{}\" set {} where {condition}", self.table, set.join(", "));
        connection.execute(&update, params_from_iter(values.iter().cloned().chain(key)))
    }

    /// Finds a row by its key; the parameters begin with this number.
    fn find(&self, row: &[Value], first: usize) -> (String, Vec<Value>) {
        let keys: Vec<usize> = (0..self.columns.len()).filter(|it| self.columns[*it].is_key).collect();
        let is = |(n, column): (usize, &usize)| format!("\"{}\" is ?{}", self.columns[*column].name, first + n);
        let condition: Vec<_> = keys.iter().enumerate().map(is).collect();
        (condition.join(" and "), keys.iter().map(|it| row[*it].clone()).collect())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |it: &Value| match it {
            Value::Blob(it) => {
                format!("x'{}' of {}", it.iter().take(8).map(|it| format!("{it:02x}")).collect::<String>(), it.len())
            }
            other => format!("{other:?}"),
        };
        let key = |row: &[Value]| {
            let of = |it: usize| self.columns[it].is_key.then(|| short(&row[it]));
            (0..self.columns.len()).filter_map(of).collect::<Vec<_>>().join(" ")
        };
        write!(f, "{} ({})", self.kind(), self.columns().join(", "))?;
        match &self.what {
            What::Set { row, column, value, .. } => {
                write!(f, " of {}: {} becomes {}", key(row), short(&row[*column]), short(value))
            }
            What::Delete { row } | What::Insert { row } => write!(f, " {}", key(row)),
            What::Swap { one, other, .. } => write!(f, " of {} and {}", key(one), key(other)),
            What::DeleteAll => Ok(()),
        }
    }
}
