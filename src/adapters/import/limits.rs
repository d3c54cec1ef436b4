/// How much of a file is read; what exceeds a limit is refused, with an error of its own.
///
/// ```
/// use cardflow::adapters::import::Limits;
///
/// let small = Limits { rows: 500, ..Limits::default() };
/// assert_eq!(small.der_bytes, 64 * 1024);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: usize,
    /// Rows of a CSV file, without its header.
    pub rows: usize,
    /// Bytes of one field of a CSV file.
    pub field: usize,
    /// Certificates of a PEM file.
    pub certificates: usize,
    /// Bytes of one certificate, in DER.
    pub der_bytes: usize,
    /// How deep values of a certificate may lie in one another.
    pub der_depth: usize,
}

impl Default for Limits {
    /// 16 MiB, 100 000 rows of fields of 4 KiB; 64 certificates of 64 KiB, 32 deep.
    fn default() -> Self {
        Limits {
            bytes: 16 * 1024 * 1024,
            rows: 100_000,
            field: 4096,
            certificates: 64,
            der_bytes: 64 * 1024,
            der_depth: 32,
        }
    }
}
