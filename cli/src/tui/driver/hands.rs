//! [`Hands`]: performs what the app decided, and brings what the core tells.

use std::sync::Arc;

use shopkeeper_core::core::Core;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::observer::{Observer, Subscription};
use shopkeeper_core::orders::{OrderFilter, OrderSort, SearchQuery, Searching, Window};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::narrow::product_names;
use crate::phone::Phone;
use crate::tui::{Answer, Effect, Event};

/// Something that the core told, or that a task answered.
#[derive(Debug)]
pub(super) struct News {
    event: Event,
    /// Of which watch it is; `None`: of one that lasts as long as the app.
    watch: Option<u64>,
}

/// See the module.
pub(super) struct Hands {
    phone: Phone,
    news: mpsc::UnboundedSender<News>,
    /// Home, outbox and sync are watched all the time: the truth line and the badges are always on the screen.
    _always: [Subscription; 3],
    list: Option<Watch>,
    detail: Option<Watch>,
    search: Option<(u64, Searching)>,
    /// Number of the watch begun last.
    watches: u64,
    tasks: JoinSet<()>,
    syncing: Option<tokio::task::AbortHandle>,
    provisioning: Option<tokio::task::AbortHandle>,
}

/// A watch of what is on the screen.
struct Watch {
    number: u64,
    subscription: Subscription,
}

impl Hands {
    /// Begins to watch; the news arrive at the receiver.
    pub(super) fn on(phone: &Phone) -> Result<(Self, mpsc::UnboundedReceiver<News>), CoreError> {
        let (news, inbox) = mpsc::unbounded_channel();
        let core = phone.core();
        let always = [
            core.home()?.watch(tell(&news, None, |home| Event::Home(Box::new(home)))),
            core.outbox()?.watch(tell(&news, None, |outbox| Event::Outbox(Box::new(outbox)))),
            core.sync()?.watch(tell(&news, None, Event::Sync)),
        ];
        let hands = Self {
            phone: phone.clone(),
            news,
            _always: always,
            list: None,
            detail: None,
            search: None,
            watches: 0,
            tasks: JoinSet::new(),
            syncing: None,
            provisioning: None,
        };
        Ok((hands, inbox))
    }

    /// The event in the news, unless it is of a watch that has ended: another list is on the screen by now.
    pub(super) fn open(&self, news: News) -> Option<Event> {
        let search = self.search.as_ref().map(|(number, _)| *number);
        let mut current = [&self.list, &self.detail].into_iter().flatten().map(|watch| watch.number).chain(search);
        let is_current = news.watch.is_none_or(|of| current.any(|number| number == of));
        is_current.then_some(news.event)
    }

    /// Does it, and says what came of it if that is known already.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Event> {
        if effect == Effect::SyncNow {
            self.sync_now();
            return None;
        }
        if effect == Effect::Provision {
            self.provision();
            return None;
        }
        let outcome = self.tap(&effect);
        // A watch's answer is its first snapshot.
        let is_watch = matches!(
            effect,
            Effect::WatchList { .. }
                | Effect::MoveList(_)
                | Effect::WatchDetail(_)
                | Effect::LeaveDetail
                | Effect::Search { .. }
                | Effect::LeaveSearch
                | Effect::StopProvision
        );
        if is_watch && outcome.is_ok() { None } else { Some(Event::Outcome(effect, outcome)) }
    }

    fn tap(&mut self, effect: &Effect) -> Result<Answer, CoreError> {
        let core = self.phone.core().clone();
        match effect {
            Effect::WatchList { filter, sort, window } => self.watch_list(&core, filter, *sort, window)?,
            Effect::MoveList(window) => {
                if let Some(list) = &self.list {
                    list.subscription.move_to(window.clone());
                }
            }
            Effect::WatchDetail(order) => self.watch_detail(&core, order)?,
            Effect::LookAt(order) => return Ok(Answer::Order(Box::new(core.orders()?.detail(order)?))),
            Effect::LeaveDetail => self.detail = None,
            Effect::Search { query, window } => self.search(&core, query, window)?,
            Effect::LeaveSearch => self.search = None,
            Effect::SetFlag(order, flag) => core.orders()?.set_flag(order, *flag)?,
            Effect::AddNote(order, text) => core.orders()?.add_note(order, text)?,
            Effect::WritePlatformNote(order, text) => {
                return Ok(Answer::Receipt(core.orders()?.write_platform_note(order, text)?));
            }
            Effect::FlagMany(orders, flag) => return Ok(Answer::Batch(core.orders()?.flag_many(orders, *flag)?)),
            Effect::NoteMany(orders, text) => return Ok(Answer::Batch(core.orders()?.note_many(orders, text)?)),
            Effect::AskViews => return views(&core),
            Effect::SaveView(view) => {
                core.orders()?.save_view(view)?;
                return views(&core);
            }
            Effect::RenameView { from, to } => {
                core.orders()?.rename_view(from, to)?;
                return views(&core);
            }
            Effect::RemoveView(name) => {
                core.orders()?.remove_view(name)?;
                return views(&core);
            }
            Effect::AskCarriers => return Ok(Answer::Carriers(core.orders()?.carriers()?)),
            Effect::Ship(order, draft) => return Ok(Answer::Receipt(core.orders()?.ship(order, draft)?)),
            Effect::Undo(command) => core.outbox()?.undo(command)?,
            Effect::Withdraw(command) => core.outbox()?.withdraw(command)?,
            Effect::Retry(command) => drop(core.outbox()?.retry(command)?),
            Effect::RetryAll => drop(core.outbox()?.retry_all()?),
            Effect::SetAirplane(on) => self.phone.set_airplane(*on),
            Effect::LookProvisions => return Ok(Answer::Provisions(Box::new(core.sync()?.provisions()?))),
            // Dropping a run is how it is stopped.
            Effect::StopProvision => drop(self.provisioning.take().map(|task| task.abort())),
            // The loop's and `perform`'s.
            Effect::Quit | Effect::SyncNow | Effect::Provision => {}
        }
        Ok(Answer::Nothing)
    }

    fn next_watch(&mut self) -> u64 {
        self.watches += 1;
        self.watches
    }

    fn watch_list(
        &mut self,
        core: &Core,
        filter: &OrderFilter,
        sort: OrderSort,
        window: &Window,
    ) -> Result<(), CoreError> {
        let number = self.next_watch();
        let observer = tell(&self.news, Some(number), |list| Event::List(Box::new(list)));
        let subscription = core.orders()?.watch(filter.clone(), sort, window.clone(), observer);
        self.list = Some(Watch { number, subscription });
        Ok(())
    }

    fn watch_detail(&mut self, core: &Core, order: &OrderKey) -> Result<(), CoreError> {
        let number = self.next_watch();
        let observer = tell(&self.news, Some(number), |detail| Event::Detail(Box::new(detail)));
        let subscription = core.orders()?.watch_detail(order.clone(), observer);
        self.detail = Some(Watch { number, subscription });
        Ok(())
    }

    /// Only puts the text down; a text that is refused ends the search of the one before it.
    fn search(&mut self, core: &Core, query: &SearchQuery, window: &Window) -> Result<(), CoreError> {
        if let Some((number, searching)) = self.search.take() {
            searching.ask(query.clone(), window.clone())?;
            self.search = Some((number, searching));
            return Ok(());
        }
        let number = self.next_watch();
        let observer = tell(&self.news, Some(number), |answer| Event::Search(Box::new(answer)));
        self.search = Some((number, core.orders()?.watch_search(query.clone(), window.clone(), observer)?));
        Ok(())
    }

    /// One run at a time; its steps and what it came to are news.
    fn provision(&mut self) {
        if self.provisioning.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        while self.tasks.try_join_next().is_some() {}
        let (core, news) = (self.phone.core().clone(), self.news.clone());
        let steps = tell(&self.news, None, Event::Provision);
        self.provisioning = Some(self.tasks.spawn(async move {
            let found = match core.sync() {
                Ok(sync) => sync.provision(steps).await.map(|found| Answer::Provisions(Box::new(found))),
                Err(error) => Err(error),
            };
            let _ = news.send(News { event: Event::Outcome(Effect::Provision, found), watch: None });
        }));
    }

    /// One at a time: who asks twice gets one answer.
    fn sync_now(&mut self) {
        if self.syncing.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        while self.tasks.try_join_next().is_some() {}
        let (core, news) = (self.phone.core().clone(), self.news.clone());
        self.syncing = Some(self.tasks.spawn(async move {
            let pulled = match core.sync() {
                Ok(sync) => sync.now().await.map(Answer::Pulled),
                Err(error) => Err(error),
            };
            let _ = news.send(News { event: Event::Outcome(Effect::SyncNow, pulled), watch: None });
        }));
    }
}

fn views(core: &Core) -> Result<Answer, CoreError> {
    let orders = core.orders()?;
    let views = orders.views()?;
    let names = product_names(&orders, &views)?;
    Ok(Answer::Views(views, names))
}

/// An observer that sends what it is told to the loop. After the loop's end nobody listens, and that is fine.
fn tell<T: Send + 'static>(
    news: &mpsc::UnboundedSender<News>,
    watch: Option<u64>,
    event: impl Fn(T) -> Event + Send + Sync + 'static,
) -> Arc<dyn Observer<T>> {
    let news = news.clone();
    Arc::new(move |snapshot| {
        let _ = news.send(News { event: event(snapshot), watch });
    })
}
