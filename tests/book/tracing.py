"""What a page's threads are busy with, as Chromium traces it."""

KINDS = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]
THREADS = {"CrRendererMain": "page", "DedicatedWorker thread": "worker"}


def busy(tab, seconds: float, slower: float = 1) -> dict[str, list[float]]:
    """Watch a tab, and return its tasks.

    Args:
        tab: of Playwright, with the page open.
        seconds: how long to watch.
        slower: by which factor Chromium slows the page down. It measures what a task took by the
            clock and spins for the rest, so beside other work it slows down by more than that.

    Returns:
        For "page" and "worker", milliseconds of processor time of each task, shortest first.
    """
    session = tab.context.new_cdp_session(tab)
    events, ended = [], []
    session.on("Tracing.dataCollected", lambda message: events.extend(message["value"]))
    session.on("Tracing.tracingComplete", lambda message: ended.append(message))
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    config = {"includedCategories": KINDS}
    session.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    tab.wait_for_timeout(1000 * seconds)
    session.send("Tracing.end")
    while not ended:
        tab.wait_for_timeout(50)
    names = [event for event in events if event["name"] == "thread_name"]
    thread = {(e["pid"], e["tid"]): THREADS.get(e["args"]["name"]) for e in names}
    tasks = {name: [] for name in THREADS.values()}
    for event in events:
        name = thread.get((event["pid"], event["tid"]))
        if event["name"] == "RunTask" and name:
            tasks[name].append(event.get("tdur", 0) / 1000)
    return {name: sorted(each) for name, each in tasks.items()}


def at(share: float, ordered: list[float]) -> float:
    """The value that a share of the ordered values does not exceed."""
    return ordered[int(share * (len(ordered) - 1))]
