//! What must not be found: every receiver's name and number, every buyer's id, every text that somebody typed, every secret.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use shopkeeper_core::ports::{Transport, Trust};

use crate::support::live::{APPID, Phone, SECRET, Town};
use crate::support::wire::Wire;

/// Texts, each with what it is.
#[derive(Default)]
pub(super) struct Canaries(BTreeMap<String, What>);

/// What a text is, and with that where it may rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// As the platform tells it (masked), or typed for every seat of the shop: in the relay's store and the phone's.
    OfAnOrder,
    /// Typed for this phone only.
    Private,
    /// The phone's own key to the relay.
    DeviceToken,
    /// Between the relay and the platform's pushes.
    PushSecret,
    /// The key to the platform, a code that pairs, or what a stranger sent: rests nowhere.
    Nowhere,
}

impl What {
    fn may_rest_in(self, file: &str) -> bool {
        let database = |name: &str| file.starts_with(name) && !file.contains("broken");
        match self {
            Self::OfAnOrder => database("relay.db") || database("cache.db") || database("actions.db"),
            Self::Private => database("actions.db"),
            Self::DeviceToken => file == "secrets.json",
            Self::PushSecret => file == "push-secrets.toml",
            Self::Nowhere => false,
        }
    }
}

impl Canaries {
    pub(super) fn add(&mut self, text: &str, what: What) {
        assert!(text.chars().count() >= 3, "{text:?} would be found everywhere");
        self.0.insert(text.to_owned(), what);
    }

    /// What the platform tells of the people in its orders.
    pub(super) fn add_people(&mut self, town: &Town) {
        for book in town.books().orders {
            let wire = town.world(|world, now| world.order_json_at(book.id, now)).expect("the platform has it");
            let address = &wire["order_detail"]["delivery_info"]["address_info"];
            for value in [&wire["openid"], &address["user_name"], &address["tel_number"], &address["hash_code"]] {
                if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                    self.add(text, What::OfAnOrder);
                }
            }
        }
    }

    /// The secrets as they are now.
    pub(super) async fn add_secrets(&mut self, town: &Town) {
        self.add(SECRET, What::Nowhere);
        self.add(&access_token(town).await, What::Nowhere);
        let push = town.relay().push_target();
        self.add(&push.token, What::PushSecret);
        self.add(&push.aes_key, What::PushSecret);
    }

    pub(super) fn add_token_of(&mut self, phone: &Phone) {
        let secrets = std::fs::read(phone.dir().join("secrets.json")).expect("the phone's secrets");
        let secrets: BTreeMap<String, String> = serde_json::from_slice(&secrets).expect("JSON");
        assert!(!secrets.is_empty(), "a paired phone has a token");
        for token in secrets.values() {
            self.add(token, What::DeviceToken);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The canaries in a text, with the line of each.
    pub(super) fn found_in(&self, text: &str) -> Vec<String> {
        let lines = || text.lines();
        let found = self.0.keys().filter(|canary| text.contains(canary.as_str()));
        found
            .flat_map(|canary| lines().filter(move |line| line.contains(canary.as_str())).take(1))
            .map(str::to_owned)
            .collect()
    }

    /// Files in which something rests that has no business there. Also says how many canaries rest where they may.
    pub(super) fn astray_in(&self, dir: &Path) -> (Vec<String>, usize) {
        let (mut astray, mut at_home) = (Vec::new(), 0);
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                let bytes = std::fs::read(&path).expect("a file");
                for (canary, what) in &self.0 {
                    if !contains(&bytes, canary.as_bytes()) {
                        continue;
                    }
                    if what.may_rest_in(&name) {
                        at_home += 1;
                    } else {
                        astray.push(format!("{what:?} {canary:?} in {}", path.display()));
                    }
                }
            }
        }
        (astray, at_home)
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let Some((first, _)) = text.split_first() else { return true };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(text) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// The token with which the relay speaks to the platform now: the stable one is the same for everybody who asks with the secret.
async fn access_token(town: &Town) -> String {
    let body = json!({ "grant_type": "client_credential", "appid": APPID, "secret": SECRET });
    let request = http::Request::post(format!("{}/cgi-bin/stable_token", town.sandbox.base_url()));
    let request = request.body(body.to_string().into()).expect("a request");
    let answer = Wire::new().send(&Trust::PublicRoots, request).await.expect("the platform answers");
    let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}
