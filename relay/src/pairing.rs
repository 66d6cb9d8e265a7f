//! Pairing: a code that works once makes a device.
//!
//! A code has 50 bits, lives five minutes and works once. Five wrong tries void every code that is open: whoever guesses gets five tries for
//! each time that the owner asks for a code. At rest there are only salted hashes of codes and hashes of tokens, and all remembered codes are
//! compared in constant time. Codes are remembered for a day, so that a phone can be told *why* its code does not work.

use sha2::{Digest, Sha256};
use shopkeeper_protocol::{DeviceId, PairAnswer, PairRequest, Refusal, Role, ShopFacts};
use subtle::ConstantTimeEq;

use crate::ports::{Clock, Random};
use crate::store::{CodeRow, DeviceInfo, Store, StoreError, Tx};

/// Crockford's: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: usize = 10;
/// In ms.
const CODE_LIFE: i64 = 5 * 60 * 1_000;
/// In ms.
const CODE_REMEMBERED: i64 = 24 * 3_600 * 1_000;
const WRONG_TRIES: i64 = 5;
const NAME_CHARS: usize = 80;

/// Makes a code and remembers it. It stands in two groups, as it is read aloud.
pub(crate) async fn new_code(store: &Store, clock: &Clock, random: &dyn Random) -> Result<String, StoreError> {
    let mut bytes = [0; CODE_CHARS];
    random.fill(&mut bytes);
    // 256 is a multiple of 32: every character is as likely.
    let code: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let hash = hash_code(&salt, &code);
    let now = clock();
    store.write(move |tx| tx.add_code(&hash, &salt, now, now - CODE_REMEMBERED)).await?;
    let (left, right) = code.split_at(CODE_CHARS / 2);
    Ok(format!("{left}-{right}"))
}

/// Takes a code and, if it is good, adds the device. The outer error is the store's.
pub(crate) async fn pair(
    store: &Store,
    clock: &Clock,
    random: &dyn Random,
    request: &PairRequest,
    shop: ShopFacts,
) -> Result<Result<PairAnswer, Refusal>, StoreError> {
    let name: String = request.device_name.trim().chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return Ok(Err(Refusal::BadRequest { what: format!("device_name: expected 1 to {NAME_CHARS} characters") }));
    }
    let mut id = [0; 8];
    random.fill(&mut id);
    let mut token = [0; 32];
    random.fill(&mut token);
    let now = clock();
    let device = DeviceInfo {
        id: DeviceId(hex::encode(id)),
        name,
        role: Role::Owner,
        paired_at: now,
        seen_at: None,
        revoked_at: None,
    };
    let token = hex::encode(token);
    let answer = PairAnswer { device: device.id.clone(), token: token.clone(), role: device.role.clone(), shop };
    let code = normal(&request.code);
    let refusal = store
        .write(move |tx| {
            let refusal = take_code(tx, &code, now)?;
            if refusal.is_none() {
                tx.add_device(&device, &hash_token(&token))?;
            }
            Ok(refusal)
        })
        .await?;
    Ok(refusal.map_or(Ok(answer), Err))
}

/// What a token is kept as. It has 256 random bits, so it needs no salt.
pub(crate) fn hash_token(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

fn take_code(tx: &Tx<'_>, code: &str, now: i64) -> Result<Option<Refusal>, StoreError> {
    let mut found: Option<CodeRow> = None;
    // Every remembered code is compared, so the time says nothing about which one it was.
    for row in tx.codes()? {
        if bool::from(hash_code(&row.salt, code).ct_eq(&row.hash)) {
            found = Some(row);
        }
    }
    let Some(row) = found else {
        if tx.wrong_try()? >= WRONG_TRIES {
            tx.burn_codes(now)?;
        }
        return Ok(Some(Refusal::WrongCode));
    };
    if row.used {
        return Ok(Some(Refusal::UsedCode));
    }
    if row.burnt {
        return Ok(Some(Refusal::BurntCode));
    }
    // A clock that was set back must not make a code young again for ever.
    if !(0..=CODE_LIFE).contains(&(now - row.created_at)) {
        return Ok(Some(Refusal::ExpiredCode));
    }
    tx.use_code(&row.hash, now)?;
    Ok(None)
}

fn hash_code(salt: &[u8], code: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(code);
    hash.finalize().to_vec()
}

/// As typed by hand: any case, any grouping, and the letters that Crockford's alphabet leaves out read as what they look like.
fn normal(code: &str) -> String {
    let known = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    known
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        // A long text is no code; its rest need not be hashed.
        .take(CODE_CHARS + 1)
        .collect()
}
