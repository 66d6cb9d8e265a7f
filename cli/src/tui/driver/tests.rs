//! The loop with a scripted person in front of it.

use super::*;

#[tokio::test]
async fn a_phone_without_a_shop_says_so_before_anything_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let phone = Phone::open(dir.path(), "test").unwrap();
    assert_eq!(open(&phone, Lang::Zh, false).unwrap_err(), CoreError::NotPaired);
    assert!(matches!(Hands::on(&phone).map(drop), Err(CoreError::NotPaired)));
    phone.close().await.unwrap();
}
