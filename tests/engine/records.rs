//! Records that many hold.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use cardflow::engine::{Keys, Record, SharedRecord};
use cardflow::values::{CodecError, Revision, TenantId};

use super::library::{Place, book};

fn shared() -> SharedRecord {
    let at = book(1, "Emma", Place::Shelf).at;
    let (tenant, revision) = (TenantId::new(7), Revision::NONE.next());
    SharedRecord::from(Record { tenant, at, revision, keys: Keys::default(), body: b"Emma".to_vec() })
}

#[test]
fn what_many_hold_is_decoded_once() {
    let (record, times) = (shared(), Cell::new(0));
    let decode = |it: &Record| {
        times.set(times.get() + 1);
        Ok::<_, Infallible>(String::from_utf8_lossy(&it.body).into_owned())
    };
    let (first, second) = (record.decoded(decode).unwrap(), record.clone().decoded(decode).unwrap());
    assert_eq!((first.as_str(), times.get()), ("Emma", 1));
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn what_does_not_decode_is_tried_again() {
    let record = shared();
    let damaged = |_: &Record| Err::<String, _>(CodecError::Damaged { what: "a book", source: None });
    assert!(record.decoded(damaged).is_err());
    assert_eq!(*record.decoded(|_| Ok::<_, Infallible>(1_u8)).unwrap(), 1);
}

#[test]
fn what_is_asked_for_as_something_else_is_decoded_as_that() {
    let record = shared();
    record.decoded(|_| Ok::<_, Infallible>("Emma")).unwrap();
    assert_eq!(*record.decoded(|it| Ok::<_, Infallible>(it.body.len())).unwrap(), 4);
    assert_eq!(*record.decoded(|_| Ok::<_, Infallible>("Persuasion")).unwrap(), "Emma");
}

#[test]
fn a_record_that_is_made_from_another_knows_nothing_of_it() {
    let record = shared();
    record.decoded(|it| Ok::<_, Infallible>(it.body.len())).unwrap();
    let longer = SharedRecord::from(Record { body: b"Persuasion".to_vec(), ..record.clone().into_record() });
    assert_eq!(*longer.decoded(|it| Ok::<_, Infallible>(it.body.len())).unwrap(), 10);
    assert_eq!(record.into_record().body, b"Emma");
}
