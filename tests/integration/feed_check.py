"""What is wrong with a feed, in the sense of the W3C feed validator and stricter: required elements, dates, ids, absolute
addresses, content types, well-formedness, and markup that feed readers take out. Standard library only.

    faults("application/atom+xml", content_type, octets) -> ["entry 3 has no updated", ...]
"""

import email.utils
import html.parser
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

ATOM, CONTENT, DC = ("{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}",
                     "{http://purl.org/dc/elements/1.1/}")
HISTORY, XML = "{http://purl.org/syndication/history/1.0}", "{http://www.w3.org/XML/1998/namespace}"
MEDIA = "{http://search.yahoo.com/mrss/}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
                    r"\d\d:\d\d:\d\d (GMT|[+-]\d{4})$")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+$")
# What an author's markup may not bring into a reader's program (the validator's "should not contain").
DANGEROUS = {"script", "iframe", "object", "embed", "form", "input", "style", "link", "meta", "base", "applet", "frame"}


class Markup(html.parser.HTMLParser):
    def __init__(self, where, found):
        super().__init__()
        self.where, self.found = where, found

    def handle_starttag(self, tag, attributes):
        if tag in DANGEROUS:
            self.found.append(f"{self.where}: <{tag}> in its text")
        for name, value in attributes:
            if name.startswith("on") or name in ("style", "srcset"):
                self.found.append(f"{self.where}: attribute {name} in its text")
            if name in ("href", "src") and not is_absolute(value or ""):
                self.found.append(f"{self.where}: the address {value!r} in its text is not absolute")


def is_absolute(address):
    parts = urllib.parse.urlsplit(address)
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and not re.search(r"[\s<>\"{}|\\^`]", address)
    return bool(parts.scheme)


def is_web(address):
    return is_absolute(address) and address.startswith(("http://", "https://"))


def check_text(where, text, found):
    if not text.strip():
        found.append(f"{where}: its text is empty")
    parser = Markup(where, found)
    parser.feed(text)
    parser.close()


def check_unique(what, values, found):
    for value in {value for value in values if values.count(value) > 1}:
        found.append(f"{what} {value!r} stands {values.count(value)} times")


def one(node, name, where, found, required=True):
    """The text of the one child of that name."""
    children = node.findall(name)
    if len(children) > 1:
        found.append(f"{where}: {len(children)} times {name}")
    if required and not (children and "".join(children[0].itertext()).strip()):
        found.append(f"{where}: no {name}")
    return "".join(children[0].itertext()) if children else None


def check_date(where, text, form, found):
    if text is not None and not form.match(text):
        found.append(f"{where}: the date {text!r}")
    elif text is not None and form is RFC822:
        date = email.utils.parsedate_to_datetime(text)
        if date.strftime("%a") != text[:3]:
            found.append(f"{where}: {text!r} is no {text[:3]}")


def check_links(where, node, found):
    links = node.findall(ATOM + "link")
    for link in links:
        if not is_web(link.get("href", "")):
            found.append(f"{where}: the link {link.get('href')!r} is not absolute")
        if link.get("type") and not MEDIA_TYPE.match(link.get("type")):
            found.append(f"{where}: the type {link.get('type')!r} of a link")
    for rel in ("self", "alternate", "next", "prev-archive", "next-archive", "current"):
        if sum(link.get("rel") == rel for link in links) > 1:
            found.append(f"{where}: more than one link {rel}")
    return {link.get("rel", "alternate"): link.get("href") for link in links}


def check_file(where, address, media_type, octets, found):
    """What an enclosure or a piece of media says of its file."""
    if not is_web(address or ""):
        found.append(f"{where}: the file {address!r} is not absolute")
    if not MEDIA_TYPE.match(media_type or ""):
        found.append(f"{where}: the file's type {media_type!r}")
    if not re.match(r"[1-9]\d*$", str(octets)):
        found.append(f"{where}: the file's length {octets!r}")


def check_media(where, node, found):
    for content in node.findall(MEDIA + "content"):
        check_file(where, content.get("url"), content.get("type"), content.get("fileSize"), found)
        if content.get("medium") != "image":
            found.append(f"{where}: media of medium {content.get('medium')!r}")
        for size in [content] + content.findall(MEDIA + "thumbnail"):
            if not is_web(size.get("url", "")) or not size.get("width", "").isdigit() or not size.get("height", "").isdigit():
                found.append(f"{where}: a picture of size {size.get('width')!r} at {size.get('url')!r}")


def atom_faults(root):
    found = []
    if root.tag != ATOM + "feed":
        return [f"the root is {root.tag}"]
    for name in ("id", "title", "updated"):
        one(root, ATOM + name, "feed", found)
    check_date("feed", root.findtext(ATOM + "updated"), RFC3339, found)
    links = check_links("feed", root, found)
    if "self" not in links:
        found.append("feed: no link self")
    if root.find(HISTORY + "archive") is not None and "current" not in links:
        found.append("feed: an archive without a link current")
    entries = root.findall(ATOM + "entry")
    ids = [root.findtext(ATOM + "id", "")]
    for number, entry in enumerate(entries):
        where = f"entry {number}"
        ids.append(one(entry, ATOM + "id", where, found) or "")
        one(entry, ATOM + "title", where, found)
        check_date(where, one(entry, ATOM + "updated", where, found), RFC3339, found)
        check_date(where, one(entry, ATOM + "published", where, found, required=False), RFC3339, found)
        if "alternate" not in check_links(where, entry, found):
            found.append(f"{where}: no link alternate")
        if entry.find(ATOM + "author") is None and root.find(ATOM + "author") is None:
            found.append(f"{where}: no author")
        for author in entry.findall(ATOM + "author"):
            one(author, ATOM + "name", where, found)
        content = entry.find(ATOM + "content")
        if content is not None:
            if content.get("type") != "html" or len(content):
                found.append(f"{where}: content of type {content.get('type')} with {len(content)} elements")
            check_text(where, content.text or "", found)
        for link in entry.findall(ATOM + "link[@rel='enclosure']"):
            check_file(where, link.get("href"), link.get("type"), link.get("length"), found)
        check_media(where, entry, found)
        for category in entry.findall(ATOM + "category"):
            if not category.get("term"):
                found.append(f"{where}: a category without term")
        language = entry.get(XML + "lang")
        if language is not None and not LANGUAGE.match(language):
            found.append(f"{where}: the language {language!r}")
    for each in ids:
        if not is_absolute(each):
            found.append(f"the id {each!r} is no URI")
    # In an archive a corrected article comes again, with another date.
    archive = root.find(HISTORY + "archive") is not None
    check_unique("the id", [entry.findtext(ATOM + "id", "") + (entry.findtext(ATOM + "updated", "") if archive else "")
                            for entry in entries], found)
    return found


def rss_faults(root):
    found = []
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1:
        return [f"the root is {root.tag} {root.get('version')} with {len(root)} elements"]
    channel = root[0]
    for name in ("title", "link", "description"):
        one(channel, name, "channel", found)
    if not is_web(channel.findtext("link", "")):
        found.append(f"channel: the link {channel.findtext('link')!r} is not absolute")
    language = one(channel, "language", "channel", found, required=False)
    if language is not None and not LANGUAGE.match(language):
        found.append(f"channel: the language {language!r}")
    check_date("channel", one(channel, "lastBuildDate", "channel", found, required=False), RFC822, found)
    if "self" not in check_links("channel", channel, found):
        found.append("channel: no atom:link self")
    items = channel.findall("item")
    for number, item in enumerate(items):
        where = f"item {number}"
        for name in ("title", "link", "guid", "pubDate", CONTENT + "encoded", DC + "creator"):
            one(item, name, where, found)
        one(item, "description", where, found, required=False)
        if not is_web(item.findtext("link", "")):
            found.append(f"{where}: the link {item.findtext('link')!r} is not absolute")
        guid = item.find("guid")
        if guid is not None and guid.get("isPermaLink", "true") != "false" and not is_web(guid.text or ""):
            found.append(f"{where}: the guid {guid.text!r} is no permanent link")
        check_date(where, item.findtext("pubDate"), RFC822, found)
        check_date(where, item.findtext(ATOM + "updated"), RFC3339, found)
        check_text(where, item.findtext(CONTENT + "encoded", ""), found)
        for enclosure in item.findall("enclosure"):
            check_file(where, enclosure.get("url"), enclosure.get("type"), enclosure.get("length"), found)
        if len(item.findall("enclosure")) > 1:
            found.append(f"{where}: more than one enclosure")
        check_media(where, item, found)
        if item.find("author") is not None:
            found.append(f"{where}: an author, which has to be a mail address")
    check_unique("the guid", [item.findtext("guid") for item in items], found)
    check_unique("the link", [item.findtext("link") for item in items], found)
    return found


def opml_faults(root):
    found = []
    if root.tag != "opml" or root.get("version") != "2.0" or [child.tag for child in root] != ["head", "body"]:
        return [f"the root is {root.tag} {root.get('version')} of {[child.tag for child in root]}"]
    one(root.find("head"), "title", "head", found)
    outlines = root.findall("body/outline")
    if not outlines:
        found.append("body: no outline")
    for number, outline in enumerate(outlines):
        where = f"outline {number}"
        if not outline.get("text") or outline.get("type") != "rss":
            found.append(f"{where}: no text, or of type {outline.get('type')}")
        for name in ("xmlUrl", "htmlUrl"):
            if not is_web(outline.get(name, "")):
                found.append(f"{where}: {name} is {outline.get(name)!r}")
    check_unique("the feed", [outline.get("xmlUrl") for outline in outlines], found)
    return found


def json_faults(octets):
    found = []
    feed = json.loads(octets.decode("utf-8"))
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or not feed.get("title"):
        found.append("no version or title")
    for name in ("home_page_url", "feed_url", "next_url"):
        if name in feed and not is_web(feed[name]):
            found.append(f"{name} is {feed[name]!r}")
    for name in ("home_page_url", "feed_url"):
        if name not in feed:
            found.append(f"no {name}")
    for number, item in enumerate(feed.get("items", [None])):
        where = f"item {number}"
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
            found.append(f"{where}: no id")
            continue
        for name in ("url", "external_url"):
            if name in item and not is_web(item[name]):
                found.append(f"{where}: {name} is {item[name]!r}")
        for name in ("date_published", "date_modified"):
            check_date(where, item.get(name, ""), RFC3339, found)
        check_text(where, item.get("content_html", ""), found)
        if not item.get("title") or not all(author.get("name") for author in item.get("authors", [{}])):
            found.append(f"{where}: no title or author")
        if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
            found.append(f"{where}: the tags {item['tags']!r}")
        for file in item.get("attachments", []):
            check_file(where, file.get("url"), file.get("mime_type"), file.get("size_in_bytes"), found)
        if "image" in item and not is_web(item["image"]):
            found.append(f"{where}: the image {item['image']!r}")
        if "language" in item and not LANGUAGE.match(item["language"]):
            found.append(f"{where}: the language {item['language']!r}")
    check_unique("the id", [item["id"] for item in feed.get("items", []) if isinstance(item, dict) and "id" in item],
                 found)
    return found


def faults(wanted_type, content_type, octets):
    """`wanted_type` also tells what the document is."""
    essence = (content_type or "").split(";")[0].strip().lower()
    found = [] if essence == wanted_type else [f"it comes as {content_type}, not as {wanted_type}"]
    if wanted_type == "application/feed+json":
        return found + json_faults(octets)
    text = octets.decode("utf-8")
    if not text.startswith('<?xml version="1.0" encoding="utf-8"?>'):
        found.append("no XML declaration")
    checks = {"application/atom+xml": atom_faults, "application/rss+xml": rss_faults, "text/x-opml": opml_faults}
    return found + checks[wanted_type](ElementTree.fromstring(octets))
