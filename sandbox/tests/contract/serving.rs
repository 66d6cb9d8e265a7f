//! A running sandbox: real sockets, real pushes, a journal that is resumed.

use std::fs;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::push::PushKey;
use shopkeeper_sandbox::world::{Status, WorldConfig};
use shopkeeper_sandbox::{JournalError, ManualClock, PushTarget, RunningSandbox, Sandbox, SandboxConfig, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{APPID, NOW_S, SECRET, whole};
use crate::world_is_sound::print_of;

const TOKEN: &str = "pushtoken";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn config(clock: &ManualClock) -> SandboxConfig {
    SandboxConfig::new(WorldConfig::new(7, 50, NOW_S).quiet(), clock.clock(), APPID, SECRET)
}

/// One request on one connection; empty when the connection closes without a byte.
async fn http(sandbox: &RunningSandbox, method: &str, uri: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(sandbox.addr()).await.expect("a connection");
    let request = format!(
        "{method} {uri} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("UTF-8")
}

fn json_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn it_serves_and_loses_replies_on_a_real_socket() {
    let clock = ManualClock::at(NOW_S * 1000);
    let sandbox = Sandbox::start(config(&clock)).await.expect("starts");
    let body = json!({ "grant_type": "client_credential", "appid": APPID, "secret": SECRET }).to_string();
    let answer = http(&sandbox, "POST", "/cgi-bin/stable_token", &body).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let token = json_of(&answer)["access_token"].as_str().expect("a token").to_owned();
    let uri = format!("/channels/ec/order/deliverycompanylist/get?access_token={token}");
    assert_eq!(json_of(&http(&sandbox, "POST", &uri, "{}").await)["errcode"], 0);
    for kind in [FaultKind::ReplyLostBefore, FaultKind::ReplyLostAfter] {
        sandbox.faults().add(Fault::once(kind, "")).expect("possible");
        assert_eq!(http(&sandbox, "POST", &uri, "{}").await, "", "not a byte");
    }
    assert_eq!(json_of(&http(&sandbox, "POST", &uri, "{}").await)["errcode"], 0);
}

#[tokio::test]
async fn shutdown_frees_the_port_and_ends_connections() {
    let clock = ManualClock::at(NOW_S * 1000);
    let sandbox = Sandbox::start(config(&clock)).await.expect("starts");
    let address = sandbox.addr();
    let mut idle = TcpStream::connect(address).await.expect("a connection");
    idle.write_all(b"GET /cgi-bin/token HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.expect("an answer");
    sandbox.shutdown().await;
    let mut rest = Vec::new();
    _ = idle.read_to_end(&mut rest).await;
    TcpListener::bind(address).await.expect("the port is free");
}

async fn receive(State(seen): State<UnboundedSender<Value>>, request: Request) -> impl IntoResponse {
    let query = request.uri().query().unwrap_or_default().to_owned();
    if let Some((_, echo)) = query.rsplit_once("echostr=") {
        return echo.to_owned();
    }
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let key = PushKey::parse(KEY).expect("a key");
    let text = key.open(body["Encrypt"].as_str().expect("text"), APPID).expect("ours");
    _ = seen.send(serde_json::from_str(&text).expect("JSON"));
    "success".to_owned()
}

/// A receiver on a port of its own, with what it got.
async fn receiver() -> (String, UnboundedReceiver<Value>) {
    let (sender, seen) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/push", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(receive).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, seen)
}

#[tokio::test]
async fn pushes_reach_a_registered_address() {
    let clock = ManualClock::at(NOW_S * 1000);
    let sandbox = Sandbox::start(config(&clock)).await.expect("starts");
    let (url, mut seen) = receiver().await;
    let target = PushTarget { url, token: TOKEN.into(), aes_key: KEY.into() };
    sandbox.register_push(Some(target)).expect("a good key");
    sandbox.verify_push().await.expect("it echoes");
    let id = sandbox.world().with(|world| world.orders_in(Status::ToShip)[0]);
    sandbox.world().with(|world| world.buyer_hurries(NOW_S, id)).expect("to ship");
    let event = seen.recv().await.expect("an event");
    assert_eq!(event["Event"], "channels_ec_order_ext_info_update");
    assert_eq!(event["order_info"], json!({ "order_id": id.number(), "type": 7 }));
    assert_eq!(event["ToUserName"], sandbox.world().with(|world| world.username()));
}

#[tokio::test]
async fn living_buyers_act_by_the_clock() {
    let clock = ManualClock::at(NOW_S * 1000);
    let mut config = config(&clock);
    config.world.switches.living = true;
    config.tick = Duration::from_millis(2);
    let (url, mut seen) = receiver().await;
    config.push = Some(PushTarget { url, token: TOKEN.into(), aes_key: KEY.into() });
    let _sandbox = Sandbox::start(config).await.expect("starts");
    clock.advance_ms(3_600_000);
    let event = seen.recv().await.expect("somebody did something");
    assert_eq!(event["MsgType"], "event");
}

#[tokio::test]
async fn a_journal_is_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = ManualClock::at(NOW_S * 1000);
    let start = async || {
        let mut config = config(&clock);
        config.world.switches.living = true;
        config.data_dir = Some(folder.path().to_owned());
        // Only this test's own calls move the buyers.
        config.tick = Duration::from_secs(3_600);
        Sandbox::start(config).await
    };
    let sandbox = start().await.expect("starts");
    let world = sandbox.world();
    world.advance(NOW_S + 4_000);
    let id = world.with(|world| world.orders_in(Status::ToShip)[0]);
    let parcel = whole(&world.with(|world| world.lines_of(id)), "SF1234567890");
    world.with(|world| world.deliver(NOW_S + 4_001, id, &[parcel])).expect("to ship");
    world.with(|world| world.update_note(NOW_S + 4_002, id, "寄出了")).expect("known");
    world.advance(NOW_S + 9_000);
    let (print, books) = world.with(|world| (print_of(world), world.books()));
    sandbox.shutdown().await;

    // A kill in the middle of a write leaves half a line.
    let file = folder.path().join("sandbox.jsonl");
    let whole_text = fs::read_to_string(&file).expect("a journal");
    fs::write(&file, format!("{whole_text}{{\"at\":1,\"ver")).expect("written");
    let sandbox = start().await.expect("resumes");
    assert_eq!(sandbox.world().with(|world| print_of(world)), print);
    assert_eq!(sandbox.world().with(|world| world.books().effects), books.effects);
    sandbox.world().with(|world| world.colleague_notes(NOW_S + 9_001, id, "又一句")).expect("known");
    sandbox.shutdown().await;
    let sandbox = start().await.expect("resumes again");
    assert_eq!(sandbox.world().with(|world| world.books()).notes_of(id), 2);
    sandbox.shutdown().await;

    // Damage in the middle is named, not guessed at.
    let mut lines: Vec<&str> = whole_text.lines().collect();
    lines[2] = "{\"at\":1,\"verb\":\"dance\"}";
    fs::write(&file, lines.join("\n") + "\n").expect("written");
    let error = start().await.expect_err("damaged");
    let StartError::Journal(JournalError::Line { line, file: named, .. }) = &error else { panic!("{error}") };
    assert_eq!((*line, named), (3, &file));
}

#[tokio::test]
async fn start_says_what_is_wrong() {
    let clock = ManualClock::at(NOW_S * 1000);
    let mut bad_key = config(&clock);
    bad_key.push = Some(PushTarget { url: "http://127.0.0.1:1/".into(), token: TOKEN.into(), aes_key: "x".into() });
    assert!(matches!(Sandbox::start(bad_key).await, Err(StartError::PushKey(_))));
    let sandbox = Sandbox::start(config(&clock)).await.expect("starts");
    let mut taken = config(&clock);
    taken.bind = sandbox.addr();
    assert!(matches!(Sandbox::start(taken).await, Err(StartError::Listen { .. })));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut no_folder = config(&clock);
    no_folder.data_dir = Some(file.path().join("below"));
    assert!(matches!(Sandbox::start(no_folder).await, Err(StartError::Journal(JournalError::Io { .. }))));
}
