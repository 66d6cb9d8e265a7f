//! `orders views`: lists that were given a name.

use serde::Serialize;
use shopkeeper_core::core::Core;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{Orders, SavedView};

use crate::args::{NarrowWish, ViewsVerb};
use crate::narrow::product_names;
use crate::narrow::tell::{self, ProductNames};
use crate::phrase::{Teller, tab_key};
use crate::say;
use crate::tui::measure::tame;
use crate::verbs::VerbError;
use crate::verbs::speaker::{Answer, Speaker};

/// `{"views":[{"name":…,"filter":{…},"sort":…,"periods":{…}}]}`: the core's records; a filter has the instants of this moment.
#[derive(Debug, Serialize)]
struct Listed {
    views: Vec<SavedView>,
    #[serde(skip)]
    names: ProductNames,
}

impl Answer for Listed {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        if self.views.is_empty() {
            return vec![say!(teller.words, "cli.views.none")];
        }
        self.views.iter().map(|view| format!("{}  {}", tame(&view.name), about(view, teller, &self.names))).collect()
    }
}

/// `{"view":…,"done":"saved"}`, with `renamed` and `removed` for the others.
#[derive(Debug, Serialize)]
struct Done<'a> {
    view: &'a str,
    done: What,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Saved,
    Renamed,
    Removed,
}

impl Answer for Done<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let key = match self.done {
            What::Saved | What::Renamed => "view.saved",
            What::Removed => "view.removed",
        };
        vec![say!(teller.words, key, name = tame(self.view))]
    }
}

/// `待发 · 今天付款 · 红旗 · 最急优先`
fn about(view: &SavedView, teller: &Teller, names: &ProductNames) -> String {
    let tab = say!(teller.words, tab_key(view.filter.tab));
    let sort = say!(teller.words, tell::sort_key(view.sort));
    let narrowed = tell::narrowed(teller, &view.filter, &view.periods, names);
    [tab].into_iter().chain(narrowed).chain([sort]).collect::<Vec<_>>().join(" · ")
}

pub(super) fn run(verb: ViewsVerb, orders: &Orders, core: &Core, speaker: &mut Speaker<'_>) -> Result<(), VerbError> {
    let (name, done) = match verb {
        ViewsVerb::List => {
            let views = orders.views()?;
            let names = product_names(orders, &views)?;
            let now = |view: SavedView| SavedView { filter: view.filter_at(core.zone(), core.now()), ..view };
            speaker.say(&Listed { views: views.into_iter().map(now).collect(), names }, core)?;
            return Ok(());
        }
        ViewsVerb::Save { name, narrow } => {
            let view = narrow.view(core.zone(), core.now())?;
            orders.save_view(&SavedView { name: name.clone(), ..view })?;
            (name, What::Saved)
        }
        ViewsVerb::Rename { name, to } => {
            orders.rename_view(&name, &to)?;
            (to, What::Renamed)
        }
        ViewsVerb::Remove { name } => {
            orders.remove_view(&name)?;
            (name, What::Removed)
        }
    };
    speaker.say(&Done { view: name.trim(), done }, core)?;
    Ok(())
}

/// The list that was asked for: a saved one by its name, or what the words say.
pub(super) fn wanted(
    name: Option<&str>,
    narrow: &NarrowWish,
    orders: &Orders,
    core: &Core,
) -> Result<SavedView, VerbError> {
    let (zone, now) = (core.zone(), core.now());
    let Some(name) = name else { return Ok(narrow.view(zone, now)?) };
    let found = orders.views()?.into_iter().find(|view| view.name == name.trim());
    let view = found.ok_or(CoreError::NotFound("view"))?;
    Ok(SavedView { filter: view.filter_at(zone, crate::args::next_full_hour(now)), ..view })
}
