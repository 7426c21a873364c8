//! Virtual time around an engine: what is due in the world and the engine's own timer, whichever comes first.

use segw::engine::Engine;

/// A world that time passes in.
pub trait Clock {
    /// More steps than these in one go are a loop without a pause.
    const STEPS: u32;

    fn engine(&self) -> &Engine;
    fn now(&mut self) -> &mut u64;
    /// When the next thing in the world is due.
    fn due_at(&self) -> Option<u64>;
    /// It happens.
    fn happen_next(&mut self);
    /// The engine's timer has come.
    fn expire(&mut self);
    /// For a failure: what went before.
    fn story(&self) -> String;

    /// The next thing that happens by itself, not later than `until`.
    fn step(&mut self, until: u64) -> bool {
        let now = *self.now();
        let timer = self.engine().poll_at().ok().map(|at| at.0.max(now));
        match (self.due_at(), timer) {
            (Some(due), timer) if due <= until && timer.is_none_or(|timer| due <= timer) => {
                *self.now() = due;
                self.happen_next();
                true
            }
            (_, Some(timer)) if timer <= until => {
                *self.now() = timer;
                self.expire();
                true
            }
            _ => false,
        }
    }

    /// Lets time pass.
    fn run(&mut self, ms: u64) {
        let until = *self.now() + ms;
        let mut steps = 0;
        while self.step(until) {
            steps += 1;
            let now = *self.now();
            assert!(steps < Self::STEPS, "a loop without a pause at {now} ms\n{}", self.story());
        }
        *self.now() = until;
    }
}
