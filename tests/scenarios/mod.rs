//! Scenarios: small stories of a shop, each a JSON file that any language can replay, played here on simulated time.
//!
//! A file says who has which orders (`given`), and then step by step what happens and what has to be seen. The format is described in
//! `README.md` beside the files. `parse` reads it and names file, step and field of what it does not understand; `deeds` does what a
//! step says, `look` compares; `equal` holds what must be true after every step whatever the story is.
//!
//! Each file is a test of its own. A failure prints the story, the step and every difference, and the last calls that went over the
//! network before it.

mod batch;
mod compare;
mod deeds;
mod equal;
mod falsified;
mod look;
mod parse;
mod provisions;
mod search;
mod sight;
mod step;
mod which;

use std::path::PathBuf;

use parse::Scenario;

use crate::simulation::in_one_thread;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Plays the scenario in a file.
fn play(name: &str) {
    let file = format!("{name}.json");
    let text = std::fs::read_to_string(folder().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let scenario = Scenario::parse(&file, &text).unwrap_or_else(|error| panic!("{error}"));
    in_one_thread(async |dir| {
        let opened = scenario.given.opens(dir).await;
        let mut town = opened.unwrap_or_else(|what| panic!("{file}, given: {what}"));
        for step in &scenario.steps {
            let done = deeds::take(&mut town, &step.step).await;
            if let Err(what) = done.and_then(|()| equal::promises(&town)) {
                let (file, story, step) = (&scenario.file, &scenario.story, &step.name);
                panic!(
                    "{file}, {step}:\n    {what}\n  story: {story}\n  the last calls:\n{}",
                    town.world.trace.story()
                );
            }
        }
        if !town.world.net.script.is_played() {
            let calls = town.world.trace.story();
            panic!("{file}: something that should have been lost never came by; the last calls:\n{calls}");
        }
    });
}

/// One test for each file, and one that no file is forgotten.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                play(stringify!($name));
            }
        )*

        #[test]
        fn every_file_is_played() {
            let played = [$(stringify!($name)),*];
            let mut files: Vec<String> = std::fs::read_dir(folder()).unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
                .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            files.sort();
            assert_eq!(files, played, "the files, and the list in tests/scenarios/mod.rs");
        }
    };
}

scenarios! {
    d0_every_data_state
    g1_01_a_day_in_airplane_mode
    g1_02_refused_after_the_tap
    g1_06_an_empty_answer_is_no_success
    g1_07_online_is_not_delivered
    g1_08_old_work_over_a_paid_order
    or01_a_relay_that_gets_nowhere
    or01_ready_before_leaving
    or02_every_open_order_is_whole
    or03_nothing_needs_a_network
    or03_what_needs_a_network
    or04_a_new_phone_without_a_network
    or05_opened_in_airplane_mode
    or06_age_of_the_data
    or07_a_typed_waybill_is_not_shipped
    or08_every_line_has_its_own_state
    or09_timeline_in_the_order_of_events
    or09_what_came_late
    or11_one_order_that_cannot_be_read
    or11_unknown_status_and_fields
    or14_found_by_whatever_is_remembered
    or15_filters_and_saved_views
    or16_what_was_not_searched
    or17_counts_agree
    or19_most_urgent_first
    or20_deadline_from_the_platform_or_estimated
    or21_wrong_clock
    or22_what_stands_in_the_way
    or23_the_buyer_at_a_glance
    or24_one_parcel_for_one_buyer
    or25_why_not
    or26_flag_and_notes_survive_a_kill
    or27_note_on_its_way_to_the_platform
    or30_waybill_without_a_network
    or31_fifty_waybills_and_a_kill
    or31_one_tap_on_fifty_orders
    or32_some_pieces_and_several_parcels
    or32_the_platform_refuses_a_second_parcel
    or33_a_change_of_mind
    or37_the_most_urgent_first
    or38_note_with_a_lost_answer
    or38_phone_never_hears_that_it_was_taken
    or38_reads_that_lag
    or38_relay_killed_while_it_ships
    or38_reply_lost_after_effect
    or38_request_lost_before_effect
    or39_one_refused_of_forty
    or39_what_depends_waits_behind
    or40_updated_too_often
    or41_a_pull_keeps_what_waits
    or42_first_sync_is_interrupted
    or42_pushes_lost_and_out_of_order
    or44_refund_while_the_waybill_waits
    or45_cancelled_while_the_note_waits
    or45_colleague_shipped_with_another_waybill
    or45_colleague_shipped_with_the_same_waybill
    or45_two_phones_ship_one_order
    relay_restored_from_a_backup
}

#[cfg(test)]
mod wrong_files {
    use super::parse::Scenario;

    fn said(text: &str) -> String {
        Scenario::parse("wrong.json", text).map(|scenario| scenario.story).unwrap_err().to_string()
    }

    fn with_step(step: &str) -> String {
        format!(r#"{{"story": "s", "given": {{"shop": "阿芳"}}, "steps": [{{"advance": {{"seconds": 1}}}}, {step}]}}"#)
    }

    #[test]
    fn an_unknown_step_is_named_with_its_number() {
        let said = said(&with_step(r#"{"shipp": {"order": "a"}}"#));
        assert!(said.contains("wrong.json, step 2 (shipp)") && said.contains("unknown variant `shipp`"), "{said}");
    }

    #[test]
    fn an_unknown_field_is_named_with_its_path() {
        let said = said(&with_step(r#"{"ship": {"order": "a", "parcels": [{"waybill": "SF1", "kilos": 2}]}}"#));
        assert!(said.contains("step 2 (ship), field ship.parcels.0.kilos"), "{said}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_path() {
        let said = said(&with_step(r#"{"see_order": {"order": "a", "lines": [{"pieces": 1}, {"pieces": "two"}]}}"#));
        assert!(said.contains("step 2 (see_order), field see_order.lines.1.pieces"), "{said}");
    }

    #[test]
    fn what_is_missing_or_unknown_around_the_steps_is_named() {
        let missing = said(&with_step(r#"{"ship": {"order": "a"}}"#));
        assert!(missing.contains("missing field `parcels`"), "{missing}");
        let given = said(r#"{"story": "s", "given": {"shop": "阿芳", "cats": 2}, "steps": []}"#);
        assert!(given.contains("wrong.json, given, field cats"), "{given}");
        let shop = said(r#"{"story": "s", "given": {"shop": "王五"}, "steps": []}"#);
        assert!(shop.contains("given, field shop"), "{shop}");
        let whole = said(r#"{"story": "s", "given": {"shop": "阿芳"}, "steps": [], "then": []}"#);
        assert!(whole.contains("the file, field then"), "{whole}");
        assert!(said("{").contains("is not JSON"));
    }
}
