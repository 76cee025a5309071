"""A browser without JavaScript: cookies, links and forms, over HTTPS with the lab's CA."""
import html.parser
import http.client
import re
import ssl
import urllib.parse


class _Reader(html.parser.HTMLParser):
    """Collects a page's text, links and forms."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.links, self.text, self.form, self.button, self.silent, self.link = [], [], [], None, None, 0, None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag in ("style", "script", "title"):
            self.silent += 1
        elif tag == "form":
            self.form = {"action": a.get("action", ""), "method": a.get("method", "get").upper(), "fields": [], "buttons": []}
            self.forms.append(self.form)
        elif tag == "a":
            self.link = [a.get("href", ""), ""]
            self.links.append(self.link)
        elif self.form is not None and tag in ("input", "button", "select", "textarea"):
            self._field(tag, a)

    def _field(self, tag, a):
        kind = a.get("type", "submit" if tag == "button" else "text").lower()
        if kind in ("submit", "image"):
            self.button = [a.get("name"), a.get("value", ""), a.get("value", "") if tag == "input" else "", a.get("formaction")]
            self.form["buttons"].append(self.button)
        elif a.get("name"):
            self.form["fields"].append({"name": a["name"], "type": kind, "value": a.get("value", "on" if kind == "checkbox" else ""),
                                        "checked": "checked" in a})

    def handle_endtag(self, tag):
        if tag in ("style", "script", "title"):
            self.silent -= 1
        elif tag == "form":
            self.form = None
        elif tag == "button":
            self.button = None
        elif tag == "a":
            self.link = None

    def handle_data(self, data):
        if self.silent:
            return
        if self.button is not None and not self.button[2].strip():
            self.button[2] = data.strip()
        if self.link is not None:
            self.link[1] += data
        if data.strip():
            self.text.append(data.strip())


class Page:
    def __init__(self, path, status, headers, body):
        self.path, self.status, self.headers, self.body = path, status, headers, body
        reader = _Reader()
        reader.feed(body)
        self.forms, self.links, self.text = reader.forms, reader.links, " ".join(reader.text)

    def form(self, action=None, field=None):
        """The first form with that action or field."""
        for f in self.forms:
            if action in (None, f["action"]) and (field is None or any(i["name"] == field for i in f["fields"])):
                return f
        raise AssertionError(f"{self.path}: no form {action or ''} {field or ''}: {[f['action'] for f in self.forms]}\n{self.text}")

    def refresh(self):
        """(seconds, path) of the page's own refresh, or None."""
        m = re.search(r"<meta[^>]+http-equiv=[\"']?refresh[\"']?[^>]+content=[\"'](\d+)(?:;\s*url=([^\"']*))?", self.body, re.I)
        if not m and "refresh" in self.headers:
            m = re.match(r"(\d+)(?:;\s*url=(.*))?", self.headers["refresh"], re.I)
        return (int(m.group(1)), m.group(2) or self.path) if m else None


class Browser:
    """Browser(port, ca).get("/kiosk").

    Follows redirects to the same server and keeps cookies, as a panel's browser does."""

    def __init__(self, port, ca, host="localhost", timeout=20):
        self.port, self.host, self.timeout, self.cookies, self.page = port, host, timeout, {}, None
        self.tls = ssl.create_default_context(cafile=str(ca))

    def request(self, method, path, body=None, headers=None):
        """One request, no redirect followed: (status, headers, body text)."""
        c = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=self.tls)
        h = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if body is not None:
            h |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{self.host}:{self.port}"}
        try:
            c.request(method, path, body, h | (headers or {}))
            r = c.getresponse()
            text = r.read().decode("utf-8", "replace")
            for k, v in r.getheaders():
                if k.lower() == "set-cookie":
                    self._cookie(v)
            return r.status, {k.lower(): v for k, v in r.getheaders()}, text
        finally:
            c.close()

    def _cookie(self, text):
        name, _, value = text.split(";")[0].partition("=")
        if not value or "max-age=0" in text.lower():
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value

    def open(self, method, path, body=None):
        for _ in range(6):
            status, headers, text = self.request(method, path, body)
            if status not in (301, 302, 303, 307):
                self.page = Page(path, status, headers, text)
                return self.page
            target = urllib.parse.urlsplit(urllib.parse.urljoin(path, headers["location"]))
            assert target.netloc in ("", f"{self.host}:{self.port}"), f"redirected away to {headers['location']}"
            method, path, body = "GET", target.path + (f"?{target.query}" if target.query else ""), None
        raise AssertionError(f"too many redirects at {path}")

    def get(self, path):
        return self.open("GET", path)

    def submit(self, values=None, action=None, field=None, button=None, check=()):
        """Fills and sends a form of the present page. check: values of check boxes to tick, or "all"; button: its text."""
        form = self.page.form(action, field)
        pairs = []
        for f in form["fields"]:
            if f["type"] in ("checkbox", "radio"):
                if f["checked"] or check == "all" or f["value"] in check:
                    pairs.append((f["name"], f["value"]))
            else:
                pairs.append((f["name"], (values or {}).get(f["name"], f["value"])))
        target = form["action"] or self.page.path
        chosen = [b for b in form["buttons"] if button in (None, b[2], b[1])]
        assert chosen or button is None, f"no button {button}: {form['buttons']}"
        if chosen and chosen[0][0]:
            pairs.append((chosen[0][0], chosen[0][1]))
        if chosen and chosen[0][3]:
            target = chosen[0][3]
        if form["method"] == "GET":
            return self.get(target + "?" + urllib.parse.urlencode(pairs))
        return self.open("POST", urllib.parse.urljoin(self.page.path, target), urllib.parse.urlencode(pairs))
