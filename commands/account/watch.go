package account

type watcher struct{}

func (w *watcher) interrupt() {}
