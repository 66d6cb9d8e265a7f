use std::net::SocketAddr;

use ::http::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A server that answers every connection with these bytes and hangs up.
async fn answering(bytes: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4_096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(&bytes).await;
        }
    });
    addr
}

async fn call(url: &str) -> Result<Response<Bytes>, PlatformHttpError> {
    let request = Request::builder().method("POST").uri(url).body(Bytes::from_static(b"{}")).unwrap();
    HttpPlatform::new().unwrap().call(request).await
}

async fn call_at(bytes: &[u8]) -> Result<Response<Bytes>, PlatformHttpError> {
    call(&format!("http://{}/x?access_token=t", answering(bytes.to_vec()).await)).await
}

#[tokio::test]
async fn an_answer_comes_whole_whatever_its_status() {
    let answer = call_at(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (403, &b"no"[..]));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let answer = call_at(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(answer.unwrap().status().as_u16(), 302);
}

#[tokio::test]
async fn what_was_sent_and_not_answered_is_lost() {
    assert_eq!(call_at(b"").await.unwrap_err(), PlatformHttpError::Lost);
    let half = call_at(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"errcode\"").await;
    assert_eq!(half.unwrap_err(), PlatformHttpError::Lost);
}

#[tokio::test]
async fn what_was_never_sent_is_known_to_be_so() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(call(&format!("http://{free}/")).await.unwrap_err(), PlatformHttpError::NotConnected);
    let far = call("http://192.0.2.1/").await;
    assert_eq!(far.unwrap_err(), PlatformHttpError::NotConnected, "plain HTTP never leaves the machine");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let told = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", BODY_CAP + 1);
    assert_eq!(call_at(told.as_bytes()).await.unwrap_err(), PlatformHttpError::TooLarge);
    let mut untold = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    untold.resize(untold.len() + BODY_CAP + 1, b'x');
    assert_eq!(call_at(&untold).await.unwrap_err(), PlatformHttpError::TooLarge);
}
