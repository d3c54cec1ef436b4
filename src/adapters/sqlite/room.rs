//! Room for objects to grow where they lie.
//!
//! The objects of a home lie together, on a page or two. SQLite fills its pages and knows no fill factor, so an object that
//! grows by a hold parts them: pages are split, more is written to the log, and what lay together is read from more places from
//! then on. So an object is stored with some room behind it, and takes the same place as long as it fits.

/// How much room there is, in bytes: about what a hold takes.
const ROOM: u16 = 112;

/// The last bytes say how long the room is, they included; all before them are zeros.
const LENGTH: usize = size_of::<u16>();

/// A body as it is stored, beside keys of this length. `before` is the length of both as they are stored, 0 if they are not.
pub(super) fn with_room(body: &[u8], keys: usize, before: usize) -> Vec<u8> {
    let fitting = before.checked_sub(keys + body.len()).filter(|it| *it >= LENGTH);
    let room = fitting.and_then(|it| u16::try_from(it).ok()).unwrap_or(ROOM);
    let mut stored = Vec::with_capacity(body.len() + usize::from(room));
    stored.extend_from_slice(body);
    stored.resize(body.len() + usize::from(room) - LENGTH, 0);
    stored.extend_from_slice(&room.to_be_bytes());
    stored
}

/// The body without its room; none for bytes that were not stored with any.
pub(super) fn without_room(stored: &[u8]) -> Option<&[u8]> {
    let (before, length) = stored.split_last_chunk()?;
    let room = usize::from(u16::from_be_bytes(*length)).checked_sub(LENGTH)?;
    let (body, zeros) = before.split_at_checked(before.len().checked_sub(room)?)?;
    zeros.iter().all(|it| *it == 0).then_some(body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a body is and however it changes, it is read as it was written.
        #[test]
        fn what_was_stored_is_read(first: Vec<u8>, second: Vec<u8>, keys in 0_usize..300) {
            let stored = with_room(&first, keys, 0);
            prop_assert_eq!(without_room(&stored), Some(first.as_slice()));
            let again = with_room(&second, keys, keys + stored.len());
            prop_assert_eq!(without_room(&again), Some(second.as_slice()));
            prop_assert_eq!(again.len() == stored.len(), second.len() + LENGTH <= first.len() + usize::from(ROOM));
        }
    }

    #[test]
    fn keys_take_of_the_room_too() {
        let stored = with_room(&[1; 50], 20, 0);
        let again = with_room(&[1; 100], 30, 20 + stored.len());
        assert_eq!(30 + again.len(), 20 + stored.len());
    }

    #[test]
    fn what_shrinks_by_much_takes_less() {
        let stored = with_room(&[1; 100_000], 0, 0);
        let again = with_room(&[1], 0, stored.len());
        assert_eq!((again.len(), without_room(&again)), (1 + usize::from(ROOM), Some([1].as_slice())));
    }

    #[test]
    fn what_was_cut_or_changed_behind_the_body_is_no_room() {
        let stored = with_room(b"a body", 0, 0);
        for length in 0..stored.len() {
            assert_eq!(without_room(&stored[..length]), None, "cut to {length}");
        }
        for at in b"a body".len()..stored.len() {
            let mut changed = stored.clone();
            changed[at] ^= 1;
            assert_ne!(without_room(&changed), Some(b"a body".as_slice()), "changed at {at}");
        }
    }
}
