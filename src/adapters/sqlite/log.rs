//! Whether a log is whole.
//!
//! SQLite reads its log up to the first frame that does not read, and forgets the rest: after a power cut that is the commit
//! that was not answered yet. Where a disk has lost or changed a frame further back, it would be every commit since.

use std::io::{self, Read};

/// How long the header of a log is, and what stands before each page (<https://www.sqlite.org/fileformat.html>, section 4).
const HEADER: usize = 32;
const FRAME: usize = 24;

/// The running checksum over a log: that of each frame goes on from that of the one before it.
type Sum = [u32; 2];

/// Whether a log of pages of this size has lost commits that were answered: behind a frame that does not read stands more
/// than one commit that was written on top of it.
///
/// INVARIANT: nothing that a power cut or a full disk leaves is taken for damage. Each commit is flushed before the next
/// is written, so all that may be torn is one: what was written on top of a torn frame ends with the commit it belongs to.
pub(super) fn is_damaged(mut log: impl Read, page: usize) -> io::Result<bool> {
    let Some(header) = next(&mut log, HEADER)? else { return Ok(false) };
    let sum_of_header = |order: Order| order.sum([0, 0], header.get(..24));
    let order = [Order::Big, Order::Little].into_iter().find(|it| sum_of_header(*it) == stored(&header, 24));
    let (mut whole, order) = (order.is_some(), order.unwrap_or(Order::NATIVE));
    // The frames of the log before this one have another salt.
    let mut salt = header.get(16..24).filter(|_| whole).map(<[u8]>::to_vec);
    // What the next frame goes on from. Where something does not read, that is what its bytes or its checksum say.
    let mut from = vec![sum_of_header(order), stored(&header, 24)];
    let mut committed = false;
    while let Some(frame) = next(&mut log, FRAME + page)? {
        let sum = |it: &Sum| order.sum(order.sum(*it, frame.get(..8)), frame.get(FRAME..));
        let (sums, found): (Vec<Sum>, Sum) = (from.iter().map(sum).collect(), stored(&frame, 16));
        let own_salt = frame.get(8..16).unwrap_or_default();
        let reads = salt.get_or_insert_with(|| own_salt.to_vec()) == own_salt && sums.contains(&found);
        match (whole, reads) {
            (true, true) => {}
            (true, false) => whole = false,
            (false, true) if committed => return Ok(true),
            (false, true) => committed = word(&frame, 4) != 0,
            (false, false) => return Ok(false),
        }
        from = if reads { vec![found] } else { sums.into_iter().chain([found]).collect() };
    }
    Ok(false)
}

/// The next so many bytes; none if the log ends before.
fn next(log: &mut impl Read, length: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(length);
    log.take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|it| it.len() == length))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|it| it.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn stored(bytes: &[u8], at: usize) -> Sum {
    [word(bytes, at), word(bytes, at + 4)]
}

/// How the words of a log are read for its checksums: as the machine that wrote it would.
#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

impl Order {
    const NATIVE: Order = if cfg!(target_endian = "big") { Order::Big } else { Order::Little };

    fn sum(self, from: Sum, bytes: Option<&[u8]>) -> Sum {
        let [mut a, mut b] = from;
        for pair in bytes.unwrap_or_default().as_chunks().0 {
            let [w, x, y, z, rest @ ..]: &[u8; 8] = pair;
            let (first, second) = ([*w, *x, *y, *z], *rest);
            let (first, second) = match self {
                Order::Big => (u32::from_be_bytes(first), u32::from_be_bytes(second)),
                Order::Little => (u32::from_le_bytes(first), u32::from_le_bytes(second)),
            };
            a = a.wrapping_add(first).wrapping_add(b);
            b = b.wrapping_add(second).wrapping_add(a);
        }
        [a, b]
    }
}
