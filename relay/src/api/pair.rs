use axum::extract::Request;
use axum::response::Response;
use shopkeeper_protocol::{PairRequest, Refusal};

use super::answer::{No, yes};
use super::commands::{SMALL_BODY, json_body};
use super::handshake::{Peer, Shared, shop_facts};
use crate::pairing;

/// `POST /v1/pair`.
pub(super) async fn pair(api: Shared, peer: Peer, request: Request) -> Result<Response, No> {
    let mut hello = peer.hello;
    let (request, _): (PairRequest, _) = json_body(&hello, request, SMALL_BODY).await?;
    let stored = api.store.read(shop_facts).await.map_err(|error| No::store(&hello, &error))?;
    // Asked before the code is used up: a phone without its shop could do nothing with a token.
    let shop = match stored {
        Some(shop) => shop,
        None => api.work.shop().await.ok_or_else(|| No::new(&hello, Refusal::Busy))?,
    };
    let paired = pairing::pair(&api.store, &api.clock, &*api.random, &request, shop.clone()).await;
    let answer = match paired {
        Ok(Ok(answer)) => answer,
        Ok(Err(refusal)) => return Err(No::new(&hello, refusal)),
        Err(error) => return Err(No::store(&hello, &error)),
    };
    tracing::info!(device = %answer.device, "paired");
    hello.role = Some(answer.role.clone());
    hello.shop = Some(shop);
    Ok(yes(hello, answer))
}
