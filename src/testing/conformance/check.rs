use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// One clause of the contract of a port.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Clause {
    /// Its name, as the contract prints it.
    pub name: &'static str,
    /// What an implementer must guarantee.
    pub says: &'static str,
}

/// One check of a suite: a fact that holds of every adapter that keeps the contract.
pub struct Check<T> {
    /// The fact; the name of the test.
    pub name: &'static str,
    /// The clause of the contract that it holds.
    pub clause: Clause,
    pub(super) run: fn(T) -> Running,
}

/// A check that runs.
pub(super) type Running = Pin<Box<dyn Future<Output = ()>>>;

impl<T> fmt::Debug for Check<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).field("clause", &self.clause.name).finish()
    }
}

/// Tries the check with this name on what is made for it.
pub(super) async fn tried<T>(checks: &'static [Check<T>], name: &str, made: impl Future<Output = T>) {
    let check = checks.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("there is no check `{name}`"));
    let _named = Named(check.clause);
    (check.run)(made.await).await;
}

/// Prints the clause if its check fails.
struct Named(Clause);

impl Drop for Named {
    #[expect(clippy::print_stderr, reason = "a failing test says which clause is broken")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the contract says: {}. {}", self.0.name, self.0.says);
        }
    }
}

/// The checks of a suite from the list of their names, module by module; each module has the clause it holds.
macro_rules! table {
    ([$trial:ty] $($module:ident: $($name:ident)+;)+) => {
        &[$($($crate::testing::conformance::Check {
            name: stringify!($name),
            clause: $module::CLAUSE,
            run: |it: $trial| Box::pin($module::$name(it)),
        },)+)+]
    };
}
pub(super) use table;

/// Makes a test of each check in a list.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_check_a_test {
    ([$suite:ident $check:ident $factory:expr] $($module:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                $crate::testing::conformance::$suite::$check(stringify!($name), $factory);
            }
        )+)+
    };
}
