use der::{Decode, Error, Header, Length, Reader, SliceReader};

/// How deep values lie in one another, found without recursion.
///
/// # Errors
///
/// What the decoder says if it is not DER at all.
pub(super) fn depth(der: &[u8]) -> Result<usize, Error> {
    let mut reader = SliceReader::new(der)?;
    // Where the values end that the reader is in.
    let mut ends: Vec<Length> = Vec::new();
    let mut deepest = 0;
    while !reader.is_finished() {
        while ends.pop_if(|end| *end <= reader.position()).is_some() {}
        let header = Header::decode(&mut reader)?;
        if header.is_constructed() {
            ends.push((reader.position() + header.length())?);
            deepest = deepest.max(ends.len());
        } else {
            reader.read_slice(header.length())?;
        }
    }
    Ok(deepest)
}
