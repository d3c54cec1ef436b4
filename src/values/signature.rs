use super::codes;

codes! {
    /// How a signature is made.
    pub enum SignatureAlgorithm ("signature algorithm") {
        /// ECDSA on the curve P-256 with SHA-256; the signature is the DER of RFC 3279.
        EcdsaP256Sha256 = "ecdsa-p256-sha256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RsaPkcs1Sha256 = "rsa-pkcs1-sha256",
        /// ECDSA on the curve P-384 with SHA-384; the signature is the DER of RFC 3279.
        EcdsaP384Sha384 = "ecdsa-p384-sha384",
        /// Ed25519, of RFC 8032.
        Ed25519 = "ed25519",
    }
}
