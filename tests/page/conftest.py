"""A headless Chromium, and the pages that are opened in it."""

import shutil

import numpy as np
import pytest

import pullback as pb
from page.opened import set_scheme
from pullback import nn

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1400,1000",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The browser; tests that need one are skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no Chromium with chromedriver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """The browser with a desktop's light screen; a test fails where the console shows an error."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    set_scheme(chromium, "light")
    chromium.get_log("browser")
    yield chromium
    assert [row["message"] for row in chromium.get_log("browser") if row["level"] == "SEVERE"] == []


def toy_trace():
    """A 5×5 image, two reflecting 3×3 filters, ReLU, max pooling, a linear layer."""
    pb.seed(1)
    net = nn.Sequential(
        conv1=nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc=nn.Linear(8, 3),
    )
    image = np.random.default_rng(0).integers(-2, 4, (1, 1, 5, 5)).astype(float)
    return pb.trace(net, image, np.array([1]), loss=pb.cross_entropy)


def lenet_trace():
    """LeNet-5 on a real digit, brought from 8×8 to 28×28."""
    pb.seed(0)
    net = nn.zoo.lenet5((1, 28, 28), 10)
    train, _ = pb.data.digits()
    image = np.pad(np.kron(train.images[0, 0], np.ones((3, 3))), 2)[None, None]
    return pb.trace(net, image, train.labels[:1], loss=pb.cross_entropy)


@pytest.fixture(scope="session")
def toy():
    return toy_trace()


@pytest.fixture(scope="session")
def lenet():
    return lenet_trace()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def toy_page(toy, folder):
    return toy.to_html(folder / "toy.html", title="A toy", labels=["cat", "dog", "owl"])


@pytest.fixture(scope="session")
def lenet_page(lenet, folder):
    return lenet.to_html(folder / "lenet.html", title="LeNet-5")
