"""The terminal as a person meets it: Chromium at 800×480 with JavaScript switched off, badge reader and fingers."""
import json
import pathlib

import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from lib.demo import PEOPLE, Demo
from lib.lab import wait_for
from lib.web import CODE, SESSION, Web, job, job_id


@pytest.fixture
def panel(lab):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for a in ("--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", f"--user-data-dir={lab.dir}/chrome"):
        options.add_argument(a)
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    d = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    d.implicitly_wait(8)
    d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 800, "height": 480, "deviceScaleFactor": 1, "mobile": False})
    yield d
    d.quit()


class Kiosk:
    def __init__(self, lab, d, **conf):
        self.lab, self.d, self.web = lab, d, Web(lab, **conf)
        self.core = self.web.core

    def go(self, path):
        self.d.get(f"https://{self.web.host}{path}")

    def one(self, css):
        return self.d.find_element(By.CSS_SELECTOR, css)

    def text(self):
        return self.one("body").text

    def sees(self, text):
        wait_for(lambda: f"{text!r} on the page, which says\n{self.text()}", lambda: text in self.quick(), 10)

    def quick(self):
        try:
            return self.text()
        except WebDriverException:  # the page went away meanwhile
            return ""

    def shot(self, name):
        path = pathlib.Path(self.lab.dir, f"{name}.png")
        self.d.save_screenshot(str(path))
        assert path.stat().st_size > 2000

    def type(self, keys):
        """As a badge reader does: into whatever has the focus."""
        self.d.switch_to.active_element.send_keys(keys)

    def touch(self, css, n=0):
        """A finger: scrolls what lies under the buttons at the bottom into reach."""
        for _ in range(8):
            try:
                return self.d.find_elements(By.CSS_SELECTOR, css)[n].click()
            except ElementClickInterceptedException:
                ActionChains(self.d).scroll_by_amount(0, 90).perform()
        raise AssertionError(f"{css} can't be reached")

    def enrol(self):
        self.go("/kiosk")
        self.sees("This screen is not set up")
        self.one("a.button").click()
        self.type(CODE + "\n")
        self.sees("Hold your badge to the reader")

    def login(self):
        self.type("4711\n")
        self.sees("Type your PIN")
        self.type("123456\n")


def test_the_whole_visit(lab, panel):
    k = Kiosk(lab, panel)
    k.enrol()
    k.core.jobs = [job(1, "Quarterly results of the northern region, second draft with comments from everybody.pdf", copies=3),
                   job(2, "Letter", classification="public"), job(3, "Salary review", classification="restricted"),
                   job(4, "Boarding pass", state="uncertain", why="uncertain"), job(5, "<b>Minutes</b>", why="printer-off")]
    k.shot("welcome")
    assert k.one("#badge").get_attribute("type") == "password"
    k.type("4711\n")
    k.sees("Type your PIN")
    assert "4711" not in k.text() and "4711" not in k.d.current_url
    k.shot("pin")
    k.type("000000\n")
    k.sees("That did not work")
    k.login()
    k.sees("<b>Minutes</b>")
    k.shot("jobs")
    assert k.d.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["width"] <= 800
    for e in k.d.find_elements(By.CSS_SELECTOR, "input[type=submit]"):
        assert e.size["height"] >= 44
    k.one(".ask [name=printed]").click()
    k.sees("It counts as printed")
    k.touch(".job label", 4)  # a touch on the title ticks the box
    k.one("[name=delete]").click()
    k.sees("They can't be brought back")
    k.shot("confirm")
    k.one("input.danger").click()
    k.sees("Deleted.")
    for n in range(3):
        k.touch(".job label", n)
    k.core.refuse = {job_id(3): "class-needs-password"}
    k.one("[name=print]").click()
    k.sees("Please wait")
    k.shot("progress")
    k.core.set(job_id(1), state="printed")
    k.core.set(job_id(2), state="printed")
    k.sees("Not everything was printed")  # by itself
    k.shot("done")
    k.one(".deck input.go").click()
    k.sees("Hold your badge to the reader")
    wait_for("logged out in the core", lambda: SESSION not in k.core.sessions)
    k.d.back()
    k.sees("Session over")
    assert "Quarterly" not in k.d.page_source
    assert [m.verb for m in k.core.calls("job.release")] == ["job.release"]
    severe = [e for e in k.d.get_log("browser") if "Content Security Policy" in e["message"]]
    assert not severe


def test_an_idle_screen_forgets(lab, panel):
    k = Kiosk(lab, panel, kiosk_idle="1s")
    k.enrol()
    k.core.jobs = [job(1, "Canary")]
    k.login()
    k.sees("Canary")
    k.sees("Session over")
    assert not [c for c in k.d.get_cookies() if c["name"] == "__Host-quoin"]
    k.d.back()
    k.sees("Session over")


def test_print_all(lab, panel):
    k = Kiosk(lab, panel)
    k.enrol()
    k.core.jobs = [job(1, "One"), job(2, "Two")]
    k.login()
    k.one("[name=all]").click()
    k.sees("Please wait")
    k.core.jobs = []
    k.sees("Take your pages with you")


def test_the_terminal_comes_back_by_itself(lab, panel):
    k = Kiosk(lab, panel)
    k.enrol()
    k.core.codes = {"terminal.hello": "internal"}
    k.go("/kiosk")
    k.sees("Not available just now")
    k.core.codes = {}
    wait_for("the welcome page", lambda: "Hold your badge" in k.d.page_source, 15)


class Real(Kiosk):
    """A terminal of a whole Quoin with a directory, a cupsd and a printer."""

    def __init__(self, demo, d):
        self.demo, self.d, self.web, self.lab = demo, d, demo.quoin.site("kiosk"), demo.lab

    def enrol(self, code):
        self.go("/kiosk")
        self.one("a.button").click()
        self.type(code + "\n")
        self.sees("Hold your badge to the reader")

    def badge(self, login):
        self.type(PEOPLE[login] + "\n")
        self.sees("Type your PIN")
        self.type(self.demo.pins[login] + "\n")

    def tick(self, *titles):
        for title in titles:
            self.d.find_element(By.XPATH, f'//tr[.//span[@class="title"]="{title}"]//label').click()

    def titles(self):
        return [e.text for e in self.d.find_elements(By.CSS_SELECTOR, ".what .title")]

    def fits(self):
        """Nothing is wider than the screen, and what is touched is as large as a finger."""
        assert self.d.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["width"] <= 800
        for e in self.d.find_elements(By.CSS_SELECTOR, "input[type=submit]:not(.hidden), button, .button, select"):
            assert e.size["height"] >= 44, e.get_attribute("outerHTML")


def two_people(demo, name):
    """A class that needs a second person from now on: remy asks for it, sam agrees."""
    policy = demo.quoin.role("remy", "policy", "show")["document"]
    for k in policy["classes"]:
        k |= {"second": ["user"]} if k["name"] == name else {}
    file = demo.lab.dir / "two.json"
    file.write_text(json.dumps(policy))
    demo.quoin.decide("policy", "propose", file, by="remy")


@pytest.fixture
def real(lab, panel):
    demo = Demo(lab)
    k = Real(demo, panel)
    code = demo.device()
    demo.people()
    k.enrol(code)
    return k


def test_how_it_is_printed_and_stopped_with_everything_real(real):
    """Two jobs in the other order, on both sides, twice; one of them is stopped."""
    k, order = real, ["Plan", "Letter"]
    for title in order:
        k.demo.submit(title)
    k.badge("alice")
    k.sees("Plan")
    k.sees("· ready")
    k.fits()
    k.shot("real-jobs")
    k.tick(*order)
    k.one("[name=options]").click()
    k.sees("2 jobs, in this order")
    assert k.titles() == order
    k.one("[name=up]").click()
    wait_for("the other order", lambda: k.titles() == order[::-1])
    k.one("#sides option[value=two-sided-long-edge]").click()
    k.one("#copies").clear()
    k.one("#copies").send_keys("2\n")  # Enter prints nothing: it counts
    k.sees("8 pages on 4 sheets")
    assert k.one("#copies").get_attribute("value") == "2" and k.one("#sides").get_attribute("value") == "two-sided-long-edge"
    k.fits()
    k.shot("real-options")
    assert not k.demo.printer.documents()
    k.one("[name=print]").click()
    k.sees("Please wait")
    k.fits()
    k.d.find_elements(By.CSS_SELECTOR, ".change input[type=submit]")[-1].click()
    k.sees("You stopped it.")
    k.shot("real-progress")
    wait_for("the first one to come out", lambda: "Not everything was printed" in k.quick(), 60)
    k.shot("real-done")
    assert len(k.demo.printer.documents()) == 1
    printed = [r for r in k.demo.records("job.release.authorized")]
    assert printed[0]["changed"] == "copies=2 sides=two-sided-long-edge"


def test_a_second_person_with_everything_real(real):
    k = real
    two_people(k.demo, "internal")
    k.demo.submit("Plan")
    k.badge("alice")
    k.sees("two people")
    k.one("[name=all]").click()
    k.sees("A second person has to agree")
    k.fits()
    k.shot("real-second")
    k.badge("alice")  # one is not two
    k.sees("That did not work")
    assert not k.demo.printer.documents()
    k.badge("bob")
    k.sees("Please wait")
    wait_for("it to come out", lambda: "Take your pages" in k.quick(), 60)
    assert len(k.demo.printer.documents()) == 1 and k.demo.records("auth.second")


def test_a_printer_that_is_off_is_said_before_release(real):
    k = real
    k.demo.submit("Plan")
    k.demo.printer.stop()
    k.badge("alice")
    wait_for("the page to say it", lambda: k.go("/kiosk/jobs") or "off or can't be reached" in k.quick(), 90)
    k.shot("real-off")
