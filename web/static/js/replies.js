// Tells what became of this page's own requests: bad news, and good news for whoever wants to know.

const N_KEPT = 64;

export class Replies {
  constructor(onBadNews, onGoodNews = () => {}) {
    this._onBadNews = onBadNews;
    this._onGoodNews = onGoodNews;
    this._mine = new Set();
    this._early = new Map(); // the robot may answer before the server has told us the id
  }

  expect(id) {
    this._mine.add(id);
    trim(this._mine);
    const early = this._early.get(id);
    if (early) this.hear(early);
  }

  hear(event) {
    if (!this._mine.has(event.id)) {
      this._early.set(event.id, event);
      trim(this._early);
    } else if (["rejected", "failed", "expired"].includes(event.state)) {
      this._mine.delete(event.id);
      this._onBadNews(event.reason || `The task has ${event.state}`);
    } else if (event.state === "done") {
      this._mine.delete(event.id);
      this._onGoodNews(event.reason);
    }
  }
}

function trim(collection) {
  if (collection.size > N_KEPT) collection.delete(collection.keys().next().value);
}
