"""History from Umami: its export counts as the same visits would have here."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.model.refusal import Refusal
from chalicelib.transfer import umami
from tests.transfer.test_history import SITE, started, stats, top

HEADER = (
    "website_id,session_id,visit_id,event_id,hostname,browser,os,device,screen,language,country,"
    "region,city,url_path,url_query,referrer_path,referrer_query,referrer_domain,page_title,"
    "event_type,event_name,tag,distinct_id,created_at"
)
SOMEBODY = "example.com,ios,iOS,mobile,390x844,de-DE,DE,DE-BE,Berlin"
ANOTHER = "example.com,edge-chromium,Windows 10,laptop,1920x1080,en-US,US,US-CA,"
LINES = [
    f"w,s1,v1,e2,{SOMEBODY},/b,,/a,,example.com,B,1,,,,2026-03-01 10:05:00",
    f"w,s1,v1,e1,{SOMEBODY},/a,utm_source=news&utm_medium=email,,,,A,1,,,,2026-03-01 10:00:00",
    f'w,s1,v1,e3,{SOMEBODY},/b,,,,,B,2,"1 Sign up, now",,,2026-03-01T10:06:00Z',
    f"w,s2,v2,e4,{ANOTHER},/a,,/search,,www.google.com,A,1,,,,2026-03-02 00:00:00",
]


def test_an_export_in_any_order_gives_visitors_visits_and_where_they_came_from(
    tmp_path: Path,
) -> None:
    path = tmp_path / "website_event.csv"
    path.write_text("\n".join([HEADER, *LINES]) + "\n")
    life, history = started(tmp_path)
    life.now = 1_772_500_000_000
    assert history.import_file(SITE.id, path, umami.read_events).events == 4
    answer = stats(life)
    totals = answer["totals"]
    assert (totals["users"], totals["sessions"], totals["pageviews"]) == (2, 2, 3)
    assert top(answer, "source") == ["google", "news"]
    assert top(answer, "entry_page") == ["/a"]
    assert top(answer, "exit_page") == ["/a", "/b"]
    assert top(answer, "device") == ["desktop", "mobile"]
    assert top(answer, "browser") == ["Edge", "Safari"]
    assert top(answer, "country") == ["DE", "US"]
    assert "1 Sign up, now" in top(answer, "event")


def test_another_table_is_refused_by_the_column_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "event_data.csv"
    path.write_text("website_id,session_id,data_key\nw,s,k\n")
    _, history = started(tmp_path)
    with pytest.raises(Refusal, match="has no column visit_id"):
        history.import_file(SITE.id, path, umami.read_events)
