"""What is forgotten, and what is given up when there is no room. Functions run inside a transaction."""

import sqlite3

from befresh_agent.domain.messages import FRESHNESS_TYPE, HEARTBEAT_TYPE, SENSOR_TYPE
from befresh_agent.storage import deliveries, history, meta_table, products, sealed_rows, visit_log

_ON_HAND_S = 365 * 86_400
"""Food that nobody took off the list is taken for eaten after so many seconds more."""


_AT_A_TURN = 100
"""Messages, and foods, that are forgotten at a turn; a fridge makes a few between two of them."""


def forget(connection: sqlite3.Connection, kept_s: float) -> None:
    """Delete what was delivered longer ago than that, and what was eaten; food on hand is remembered for a year more.

    At most a few of each at a turn.
    """
    connection.execute(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE state = 'delivered'"
        f" AND {meta_table.older_than('ran_s', kept_s)} ORDER BY seq LIMIT ?)",
        (_AT_A_TURN,),
    )
    eaten = f"gone_at IS NOT NULL AND {meta_table.older_than('n.ran_s', kept_s)}"
    connection.execute(
        "DELETE FROM items WHERE id IN (SELECT i.id FROM items i LEFT JOIN item_notes n ON n.item = i.id"
        " WHERE i.state = 'sent' AND i.seq NOT IN (SELECT seq FROM outbox)"
        f" AND ({eaten} OR {meta_table.older_than('i.ran_s', kept_s + _ON_HAND_S)}) LIMIT ?)",
        (_AT_A_TURN,),
    )
    connection.execute("DELETE FROM item_notes WHERE item NOT IN (SELECT id FROM items)")
    deliveries.forget(connection)
    products.forget_unknown(connection)


def make_room(connection: sqlite3.Connection) -> tuple[bool, int]:
    """Give up the oldest of what matters least, never a food.

    That is: heartbeats, what can be worked out anew, how visits went, delivered messages, the journal's readings, what
    is remembered of containers, and at last readings on their way.

    Whether anything could be given up, and how many readings were lost by it.
    """
    oldest = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE {} ORDER BY seq LIMIT ?) RETURNING items"
    for kind in (HEARTBEAT_TYPE, FRESHNESS_TYPE):
        if connection.execute(oldest.format("kind = ?"), (kind, 50)).fetchall():
            return True, 0
    if visit_log.drop_oldest_visits(connection, 500):
        return True, 0
    if connection.execute(oldest.format("state = 'delivered'"), (50,)).fetchall():
        return True, 0
    for which in ("kind = ? AND state = 'journal'", "kind = ?"):
        lost = connection.execute(oldest.format(which), (SENSOR_TYPE, 5)).fetchall()
        if lost:
            return True, sum(row["items"] for row in lost)
        if history.forget_oldest(connection):
            return True, 0
    if sealed_rows.forget_oldest_day(connection):
        return True, 0
    freed = connection.execute(
        "DELETE FROM readings WHERE number IN (SELECT number FROM readings ORDER BY number LIMIT 50)"
    ).rowcount
    return freed > 0, freed
