//! The relay's own key.
//!
//! A merchant's server often has no name of its own and no certificate that a stranger would trust. It needs neither: the invite carries the
//! SHA-256 of the key, and a paired device accepts exactly that key, whatever the certificate around it says. So the key is what must last:
//! it is made once, kept in the data folder for its owner only, and a new certificate is wrapped around it at every start.

use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};

use crate::private_file;

/// Name of the key's file in the data folder.
const FILE: &str = "relay-key.pem";

/// Nobody looks at it, but a certificate has to have one.
const NAME: &str = "shopkeeper-relay";

/// A key that devices know by its hash.
pub(crate) struct OwnKey {
    pub(crate) config: Arc<rustls::ServerConfig>,
    /// SHA-256 of the key's SubjectPublicKeyInfo in hex: what an invite carries.
    pub(crate) hash: String,
}

/// Why the key cannot be used. A damaged key is never replaced by itself: every paired device would be locked out without a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("{FILE}: {0}")]
    File(std::io::ErrorKind),
    #[error("{FILE} holds no private key; put back a copy, or remove it and pair every device again")]
    Malformed,
    #[error("TLS: {0}")]
    Tls(String),
}

impl OwnKey {
    /// Reads the key of a folder, or makes one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(crate) fn open(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(FILE);
        let key = match std::fs::read_to_string(&path) {
            Ok(pem) => KeyPair::from_pem(&pem).map_err(|_| KeyError::Malformed)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = KeyPair::generate().map_err(|error| KeyError::Tls(error.to_string()))?;
                private_file::write(&path, &key.serialize_pem()).map_err(|error| KeyError::File(error.kind()))?;
                key
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Err(KeyError::Malformed),
            Err(error) => return Err(KeyError::File(error.kind())),
        };
        let hash = hex::encode(Sha256::digest(key.subject_public_key_info()));
        Ok(Self { config: config(&key)?, hash })
    }
}

fn config(key: &KeyPair) -> Result<Arc<rustls::ServerConfig>, KeyError> {
    let params = CertificateParams::new(vec![NAME.to_owned()]).map_err(|error| KeyError::Tls(error.to_string()))?;
    let certificate = params.self_signed(key).map_err(|error| KeyError::Tls(error.to_string()))?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private))
        .map_err(|error| KeyError::Tls(error.to_string()))?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(dir: &Path) -> Result<String, KeyError> {
        OwnKey::open(dir).map(|key| key.hash)
    }

    #[test]
    fn the_key_lasts_and_is_its_owners_only() {
        let dir = tempfile::tempdir().unwrap();
        let first = hash(dir.path()).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(hash(dir.path()).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_ne!(hash(tempfile::tempdir().unwrap().path()).unwrap(), first);
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for bytes in
            [&b"not a key"[..], b"", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
        {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(hash(dir.path()), Err(KeyError::Malformed));
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        assert!(matches!(hash(&dir.path().join("gone")), Err(KeyError::File(_))));
    }

    /// A client that accepts exactly one key, as a paired device does.
    #[derive(Debug)]
    struct Pinned(String);

    impl rustls::client::danger::ServerCertVerifier for Pinned {
        fn verify_server_cert(
            &self,
            end_entity: &rustls_pki_types::CertificateDer<'_>,
            _: &[rustls_pki_types::CertificateDer<'_>],
            _: &rustls_pki_types::ServerName<'_>,
            _: &[u8],
            _: rustls_pki_types::UnixTime,
        ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
            let certificate = rustls::server::ParsedCertificate::try_from(end_entity)?;
            let found = hex::encode(Sha256::digest(certificate.subject_public_key_info().as_ref()));
            if found == self.0 {
                Ok(rustls::client::danger::ServerCertVerified::assertion())
            } else {
                Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
            }
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &rustls_pki_types::CertificateDer<'_>,
            dss: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, cert, dss, &algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &rustls_pki_types::CertificateDer<'_>,
            dss: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, cert, dss, &algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }

    async fn shakes_hands(server: &OwnKey, pinned: &str) -> bool {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned(pinned.to_owned())))
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&server.config));
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
        let name = rustls_pki_types::ServerName::try_from("shop.example").unwrap();
        let (accepted, connected) = tokio::join!(acceptor.accept(far), connector.connect(name, near));
        accepted.is_ok() && connected.is_ok()
    }

    #[tokio::test]
    async fn a_device_that_knows_the_hash_connects_and_no_other_does() {
        let dir = tempfile::tempdir().unwrap();
        let key = OwnKey::open(dir.path()).unwrap();
        let again = OwnKey::open(dir.path()).unwrap();
        assert!(shakes_hands(&key, &key.hash).await);
        assert!(shakes_hands(&again, &key.hash).await, "a new certificate around the same key");
        assert!(!shakes_hands(&key, &"ab".repeat(32)).await);
    }
}
