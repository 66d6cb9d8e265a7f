//! Whom an address may be trusted as.

use http::Uri;

use crate::ports::Trust;

/// An address at which no relay can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAddress {
    #[error("not an address of a server")]
    Malformed,
    /// Plain HTTP to somewhere else than this machine: the token would be readable on the way.
    #[error("plain http is only for loopback")]
    Insecure,
}

/// What a relay's address and an invite's key hash ask for.
///
/// # Errors
/// If the address is no `http(s)` one, or a plain one that leaves the machine.
pub(crate) fn trust_of(url: &str, key_hash: Option<&str>) -> Result<Trust, BadAddress> {
    let uri: Uri = url.parse().map_err(|_| BadAddress::Malformed)?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(BadAddress::Malformed)?;
    match (uri.scheme_str(), key_hash) {
        (Some("https"), Some(hash)) => Ok(Trust::PairedKey(hash.to_owned())),
        (Some("https"), None) => Ok(Trust::PublicRoots),
        (Some("http"), _) if is_loopback(host) => Ok(Trust::PublicRoots),
        (Some("http"), _) => Err(BadAddress::Insecure),
        _ => Err(BadAddress::Malformed),
    }
}

/// Whether a host is this machine, without asking a resolver: `localhost` is taken by its name.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_may_be_plain() {
        let hash = "ab".repeat(32);
        assert_eq!(trust_of("https://shop.example:8443", Some(&hash)), Ok(Trust::PairedKey(hash)));
        assert_eq!(trust_of("https://shop.example/base", None), Ok(Trust::PublicRoots));
        for url in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "http://127.8.9.1"] {
            assert_eq!(trust_of(url, None), Ok(Trust::PublicRoots), "{url}");
        }
        for url in
            ["http://shop.example", "http://10.0.0.1", "http://127.0.0.1.shop.example", "http://localhost.shop.example"]
        {
            assert_eq!(trust_of(url, None), Err(BadAddress::Insecure), "{url}");
        }
        for url in ["", "shop.example", "ftp://shop.example", "https://", "/v1/pair"] {
            assert_eq!(trust_of(url, None), Err(BadAddress::Malformed), "{url}");
        }
    }
}
