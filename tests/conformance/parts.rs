//! The parts of a host that come with the library: the table of rights, fixed options, clocks and ids.

use std::sync::Arc;

use cardflow::adapters::memory::{ManualClock, RandomIds, SequentialIds, SystemClock};
use cardflow::cards::{ADMINISTRATOR, APPROVER, AUDITOR, Cards, CardsOptions, OPERATOR, RoleTable, SELF_SERVICE};
use cardflow::ports::{Authorizer, Clock, IdSource, OptionSource};
use cardflow::runtime::FixedOptions;
use cardflow::testing::conformance::authorizer::AuthorizerFactory;
use cardflow::testing::conformance::machine::{ClockFactory, IdsFactory};
use cardflow::testing::conformance::options::OptionsFactory;
use cardflow::values::Timestamp;

struct Table;

impl AuthorizerFactory for Table {
    type Guard = ();

    async fn authorizer(&self) -> ((), Arc<dyn Authorizer>) {
        ((), Arc::new(RoleTable::default()))
    }

    fn roles(&self) -> Vec<String> {
        [OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR].map(str::to_owned).to_vec()
    }
}

mod role_table {
    cardflow::authorizer_conformance!(super::Table);
}

struct Fixed;

impl OptionsFactory for Fixed {
    type Guard = ();
    type Domain = Cards;

    async fn options(&self) -> ((), Arc<dyn OptionSource<Cards>>) {
        ((), Arc::new(FixedOptions::<Cards>::new(3, CardsOptions::default())))
    }

    async fn change(&self, (): &()) -> bool {
        false
    }

    async fn make_fail(&self, (): &()) -> Option<&'static str> {
        None
    }
}

mod fixed_options {
    cardflow::options_conformance!(super::Fixed);
}

struct Machine;

impl ClockFactory for Machine {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }
}

impl IdsFactory for Machine {
    fn ids(&self) -> Arc<dyn IdSource> {
        Arc::new(RandomIds)
    }
}

mod system_clock {
    cardflow::clock_conformance!(super::Machine);
}

mod random_ids {
    cardflow::ids_conformance!(super::Machine);
}

/// Those for tests.
struct Standing;

impl ClockFactory for Standing {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp::from_millis(0)))
    }

    fn is_of_the_machine(&self) -> bool {
        false
    }
}

impl IdsFactory for Standing {
    fn ids(&self) -> Arc<dyn IdSource> {
        Arc::new(SequentialIds::from(1))
    }

    fn is_random(&self) -> bool {
        false
    }
}

mod manual_clock {
    cardflow::clock_conformance!(super::Standing);
}

mod sequential_ids {
    cardflow::ids_conformance!(super::Standing);
}
