//! Against small servers on loopback that answer as told.

use std::sync::Arc;

use rcgen::PublicKeyData as _;
use rustls_pki_types::PrivateKeyDer;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Answers every connection with the same bytes once it has read a request's head.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: Arc<Vec<u8>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

async fn plain(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = Arc::new(bytes.into());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&bytes)));
        }
    });
    url
}

/// The address and the hash of the key.
async fn tls(bytes: impl Into<Vec<u8>>) -> (String, String) {
    let bytes = Arc::new(bytes.into());
    let made = rcgen::generate_simple_self_signed(vec!["relay.invalid".to_owned()]).unwrap();
    let hash = hex::encode(Sha256::digest(made.signing_key.subject_public_key_info()));
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, bytes) = (acceptor.clone(), Arc::clone(&bytes));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, bytes).await;
                }
            });
        }
    });
    (url, hash)
}

async fn get(url: &str, trust: &Trust) -> Result<(u16, Bytes), TransportError> {
    let request = http::Request::get(format!("{url}/x?y=1")).body(Bytes::new()).unwrap();
    HttpTransport::new().send(trust, request).await.map(|answer| (answer.status().as_u16(), answer.into_body()))
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

#[tokio::test]
async fn plain_http_reaches_this_machine_and_no_other() {
    assert_eq!(get(&plain(OK).await, &Trust::PublicRoots).await, Ok((200, Bytes::from("hi"))));
    let paired = Trust::PairedKey("ab".repeat(32));
    assert_eq!(get(&plain(OK).await, &paired).await, Err(TransportError::Untrusted));
    assert_eq!(get("http://192.0.2.1", &Trust::PublicRoots).await, Err(TransportError::Untrusted));
}

#[tokio::test]
async fn exactly_the_paired_key_is_trusted() {
    let (url, hash) = tls(OK).await;
    assert_eq!(get(&url, &Trust::PairedKey(hash)).await, Ok((200, Bytes::from("hi"))));
    for other in ["ab".repeat(32), "not a hash".to_owned()] {
        assert_eq!(get(&url, &Trust::PairedKey(other)).await, Err(TransportError::Untrusted));
    }
    assert_eq!(get(&url, &Trust::PublicRoots).await, Err(TransportError::Untrusted));
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = plain(OK).await;
    let url = plain(format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n")).await;
    assert_eq!(get(&url, &Trust::PublicRoots).await, Ok((302, Bytes::new())));
}

#[tokio::test]
async fn what_is_known_of_the_effect_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let trust = Trust::PublicRoots;
    assert_eq!(get(&closed, &trust).await, Err(TransportError::NotConnected));
    assert_eq!(get(&plain("").await, &trust).await, Err(TransportError::Lost));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi";
    assert_eq!(get(&plain(cut).await, &trust).await, Err(TransportError::Lost));
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", BODY_CAP + 1);
    assert_eq!(get(&plain(huge).await, &trust).await, Err(TransportError::TooLarge));
    let mut untold = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    untold.resize(BODY_CAP + 100, b' ');
    assert_eq!(get(&plain(untold).await, &trust).await, Err(TransportError::TooLarge));
}

#[tokio::test]
async fn events_come_one_by_one_until_the_stream_ends() {
    let url = plain("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hi\n\ndata: 1\n\ndata: 2\n\n").await;
    let request = || http::Request::get(&url).body(Bytes::new()).unwrap();
    let mut events = HttpTransport::new().listen(&Trust::PublicRoots, request()).await.unwrap();
    assert_eq!(events.next().await, Some(Ok("1".to_owned())));
    assert_eq!(events.next().await, Some(Ok("2".to_owned())));
    assert_eq!(events.next().await, None);
    let refusing = plain("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
    let request = http::Request::get(refusing).body(Bytes::new()).unwrap();
    assert!(HttpTransport::new().listen(&Trust::PublicRoots, request).await.is_err());
}
