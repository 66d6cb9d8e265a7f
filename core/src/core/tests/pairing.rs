use shopkeeper_protocol::Refusal;

use super::town::{Mood, Town, invite, pass, shop, tap};
use crate::error::CoreError;
use crate::outbox::ItemState;
use crate::ports::{TransportError, Trust};

#[tokio::test(start_paused = true)]
async fn what_is_no_invite_is_told_apart_and_asks_nobody() {
    let town = Town::new();
    let core = town.open();
    let good = invite();
    for (text, code) in [
        (String::new(), "bad_invite"),
        ("ABCDE-FGHJK".to_owned(), "bad_invite"),
        (good.replace("code=ABCDE-FGHJK", "code="), "bad_invite"),
        (good.replace("https://", "ftp://"), "bad_invite"),
        (good.replace("key=ab", "key=xx"), "bad_invite"),
        (good.replace("v=1", "v=2"), "version"),
        (good.replace("https://", "http://"), "insecure"),
    ] {
        assert_eq!(core.pairing().pair(&text).await, Err(CoreError::Pairing(code)), "{text}");
    }
    assert_eq!(town.asked(), []);
    assert_eq!(core.pairing().shop(), None);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_own_word() {
    let town = Town::new();
    let core = town.open();
    for (mood, error) in [
        (Mood::Refuses(Refusal::WrongCode), CoreError::Pairing("wrong_code")),
        (Mood::Refuses(Refusal::ExpiredCode), CoreError::Pairing("expired_code")),
        (Mood::Refuses(Refusal::UsedCode), CoreError::Pairing("used_code")),
        (Mood::Refuses(Refusal::BurntCode), CoreError::Pairing("burnt_code")),
        (Mood::Fails(TransportError::Untrusted), CoreError::Pairing("untrusted_key")),
        (Mood::Fails(TransportError::NotConnected), CoreError::Offline("not connected")),
        (Mood::Fails(TransportError::Lost), CoreError::Offline("the answer was lost")),
    ] {
        town.set_mood(mood);
        assert_eq!(core.pairing().pair(&invite()).await, Err(error));
    }
    assert!(town.secrets().is_empty());
    assert_eq!(core.outbox().err(), Some(CoreError::NotPaired));
    assert_eq!(core.sync().err(), Some(CoreError::NotPaired));
}

#[tokio::test(start_paused = true)]
async fn paired_it_trusts_the_invites_key_and_uses_the_token_from_then_on() {
    let town = Town::new();
    let core = town.open();
    core.start();
    assert_eq!(core.pairing().pair(&invite()).await, Ok(shop("shop-1")));
    pass(1_000).await;
    let asked = town.asked();
    assert_eq!(asked[0], ("/v1/pair".to_owned(), String::new()));
    assert!(asked.len() > 1 && asked[1..].iter().all(|(_, token)| token == "token-1"), "{asked:?}");
    assert!(town.trusted().iter().all(|trust| *trust == Trust::PairedKey("ab".repeat(32))));
    core.crash();
    let core = town.open();
    assert_eq!(core.shop(), Some(shop("shop-1")));
    core.start();
    pass(1_000).await;
    let asked = town.asked();
    assert!(!asked.is_empty() && asked.iter().all(|(_, token)| token == "token-1"), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shop_key_that_leads_out_of_the_folder_is_refused() {
    let town = Town::new();
    town.set_shop(shop("../elsewhere"));
    let core = town.open();
    assert!(matches!(core.pairing().pair(&invite()).await, Err(CoreError::BadAnswer { .. })));
    assert!(town.secrets().is_empty());
    assert_eq!(core.shop(), None);
}

#[tokio::test(start_paused = true)]
async fn revoked_and_paired_again_the_queue_goes_on() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Refuses(Refusal::Unauthorized));
    let id = tap(&core);
    pass(10 * 60_000).await;
    let items = core.outbox().unwrap().view().unwrap().items;
    assert_eq!(items.iter().map(|item| (&item.id, &item.state)).collect::<Vec<_>>(), [(&id, &ItemState::Waiting)]);
    assert_eq!(core.sync().unwrap().status().trouble, Some("signed_out"));
    town.set_mood(Mood::Kind);
    core.pairing().pair(&invite()).await.unwrap();
    pass(1_000).await;
    assert_eq!(town.commands(), [id]);
    assert_eq!(town.asked().last().unwrap().1, "token-2");
    assert_eq!(core.sync().unwrap().status().trouble, None);
}

#[tokio::test(start_paused = true)]
async fn paired_anew_nothing_waits_for_an_address_that_does_not_answer() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Hangs);
    let id = tap(&core);
    pass(1_000).await;
    let sync = core.sync().unwrap();
    let asking = tokio::spawn(async move { sync.now().await });
    pass(1_000).await;
    assert!(!asking.is_finished());
    town.set_mood(Mood::Kind);
    core.pairing().pair(&invite()).await.unwrap();
    pass(2_000).await;
    assert!(asking.is_finished());
    assert_eq!(town.commands(), [id], "asked about or sent again under the new token, and there once");
}

#[tokio::test(start_paused = true)]
async fn another_shops_work_stays_sealed_until_that_shop_is_back() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Fails(TransportError::NotConnected));
    let id = tap(&core);
    pass(100).await;
    town.set_mood(Mood::Kind);
    town.set_shop(shop("shop-2"));
    core.pairing().pair(&invite()).await.unwrap();
    pass(60_000).await;
    assert_eq!(core.outbox().unwrap().view().unwrap().items, []);
    assert!(town.commands().is_empty(), "nothing of one shop goes to another");
    town.set_shop(shop("shop-1"));
    core.pairing().pair(&invite()).await.unwrap();
    pass(1_000).await;
    assert_eq!(town.commands(), [id]);
}

#[tokio::test(start_paused = true)]
async fn signing_out_is_refused_while_work_is_unsent() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Fails(TransportError::NotConnected));
    let id = tap(&core);
    assert_eq!(core.pairing().sign_out().await, Err(CoreError::NotPossible("unsent_work".into())));
    assert_eq!(core.outbox().unwrap().view().unwrap().items.len(), 1);
    core.outbox().unwrap().withdraw(&id).unwrap();
    assert!(town.folder("shop-1").exists());
    core.pairing().sign_out().await.unwrap();
    assert!(!town.folder("shop-1").exists());
    assert!(town.secrets().is_empty());
    assert_eq!((core.shop(), core.outbox().err()), (None, Some(CoreError::NotPaired)));
    assert_eq!(core.pairing().sign_out().await, Err(CoreError::NotPaired));
    core.crash();
    assert_eq!(town.open().shop(), None);
    let paths: Vec<_> = std::fs::read_dir(town.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(paths.iter().all(|name| name.to_string_lossy().starts_with("device.db")), "{paths:?}");
}
