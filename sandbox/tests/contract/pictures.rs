//! Pictures: uploaded as certificates, downloaded as evidence (wire reference §2.1).

use serde_json::{Value, json};
use shopkeeper_sandbox::world::AftersaleKind;

use crate::support::{Shop, asks, code, same_price, sent};

/// A multipart upload, as a form sends it.
async fn upload(shop: &Shop, query: &str, field: &str, picture: &[u8]) -> Value {
    let mut body =
        format!("--frontier\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\r\n")
            .into_bytes();
    body.extend_from_slice(picture);
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    let request = http::Request::builder()
        .method("POST")
        .uri(format!("/shop/ec/basics/img/upload?access_token={}&{query}", shop.token))
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(axum::body::Body::from(body))
        .expect("a request");
    let response = tower::ServiceExt::oneshot(shop.router.clone(), request).await.expect("the router is infallible");
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn picture(shop: &Shop, id: &str) -> Vec<u8> {
    let request = http::Request::builder()
        .uri(format!("/channels/ec/basics/media/get?access_token={}&media_id={id}", shop.token))
        .body(axum::body::Body::empty())
        .expect("a request");
    let response = tower::ServiceExt::oneshot(shop.router.clone(), request).await.expect("the router is infallible");
    http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes().to_vec()
}

#[tokio::test]
async fn pictures_go_in_and_out() {
    let shop = Shop::quiet().await;
    let png = b"\x89PNG\r\n--not the frontier\r\n".as_slice();
    let size = "upload_type=0&height=10&width=10";
    let taken = upload(&shop, &format!("{size}&resp_type=0"), "media", png).await;
    assert_eq!(code(&taken), 0, "{taken}");
    let id = taken["pic_file"]["media_id"].as_str().expect("text");
    assert_eq!(picture(&shop, id).await, png);
    let link = upload(&shop, &format!("{size}&resp_type=1"), "media", png).await;
    assert!(link["pic_file"]["img_url"].as_str().is_some_and(|url| url.starts_with("https://mmecimage.cn/p/")));
    let big = [b"\x89PNG".as_slice(), &vec![7; 2 << 20]].concat();
    for (query, field, bytes, expected) in [
        (format!("{size}&resp_type=2"), "media", png, 10020055),
        ("upload_type=0&resp_type=0&height=10".to_owned(), "media", png, 10020055),
        (format!("{size}&resp_type=0"), "image", png, 10020055),
        (format!("{size}&resp_type=0"), "media", b"".as_slice(), 10020059),
        (format!("{size}&resp_type=0"), "media", b"GIF89a".as_slice(), 10020056),
        (format!("{size}&resp_type=0"), "media", big.as_slice(), 10020060),
        (format!("{size}&resp_type=1"), "media", big.as_slice(), 0),
    ] {
        assert_eq!(code(&upload(&shop, &query, field, bytes).await), expected, "{query} {field}");
    }
    let by_link = |url: &str| {
        let uri = format!("/channels/ec/basics/img/upload?access_token={}&upload_type=1&resp_type=0", shop.token);
        (uri, json!({ "img_url": url }).to_string())
    };
    for (url, expected) in [("https://a.example/b.png", 0), ("//a.example/b.png", 10020254), ("ftp://a", 10020061)] {
        let (uri, body) = by_link(url);
        assert_eq!(code(&shop.raw(http::Method::POST, &uri, body).await), expected, "{url}");
    }
    let order = shop.with(|world| sent(world, vec![same_price(1)]));
    let case = shop.with(|world| asks(world, order, AftersaleKind::Return));
    let shown = shop.with(|world| world.case_json(case)).expect("known");
    let evidence = shown["details"]["media_id_list"][0].as_str().expect("a picture");
    assert!(picture(&shop, evidence).await.starts_with(b"\x89PNG"));
    let unknown: Value = serde_json::from_slice(&picture(&shop, "media_5_1").await).expect("JSON in an error case");
    assert_eq!(code(&unknown), 40097);
}
