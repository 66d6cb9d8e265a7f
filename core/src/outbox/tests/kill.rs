//! The process killed at every moment of a command's life, over every fault of the way.

use super::bench::{Bench, note, pass};
use super::relay::Fault;

/// Runs a command to its end while the process is killed once, `at` milliseconds after the tap.
async fn killed_at(at: u64, faults: &[Fault]) {
    let mut bench = Bench::started();
    bench.relay.act_at_once();
    bench.relay.go_wrong(faults.to_vec());
    let ids = [bench.tap(note(1, "a")), bench.tap(note(1, "b")), bench.tap(note(2, "c"))];
    pass(at).await;
    bench.restart().await;
    for _ in 0..100 {
        pass(500).await;
        bench.feed(1);
    }
    pass(10).await;
    let mut effects = bench.relay.effects();
    effects.sort();
    assert_eq!(effects, ids, "killed at {at} ms over {faults:?}");
    assert!(bench.store().overlays().rows().next().is_none(), "killed at {at} ms over {faults:?}");
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_moment_every_command_takes_effect_once() {
    let scripts: [&[Fault]; 6] = [
        &[],
        &[Fault::LostAfter],
        &[Fault::NotConnected, Fault::LostBefore],
        &[Fault::LostAfter, Fault::LostAfter, Fault::LostBefore, Fault::LostAfter],
        &[Fault::Stranger("502"), Fault::LostAfter, Fault::NotConnected],
        &[Fault::LostBefore, Fault::Silence],
    ];
    for faults in scripts {
        // Each way takes 20 ms: this is inside of every one, and then at places of the waits.
        for at in (10..200).step_by(20).chain((300..3_000).step_by(450)) {
            killed_at(at, faults).await;
        }
    }
}
