"""Opening a page, and finding one's way in it."""

from pathlib import Path


def set_scheme(browser, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def load(browser, page: Path):
    """Open a page afresh: an address that differs in what follows # alone would not load it again."""
    browser.get("about:blank")
    browser.get(Path(page).as_uri())


def wait_a_frame(browser):
    """Until what the last event asked for has been drawn."""
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 0))")


def text_of(browser, selector):
    """What is written there, its minus signs as Python's."""
    return browser.find_element("css selector", selector).text.replace("−", "-")


def plate(browser, name, of="value"):
    """The picture of an array, scrolled into view."""
    return browser.execute_script(
        """
        const view = pullback.views.find((v) => v.node.name === arguments[0] && v.node.of === arguments[1]);
        view.plate.scrollIntoView({ block: "center" });
        return view.plate;
        """,
        name,
        of,
    )


def place_of(browser, name, flat, of="value"):
    """Where an entry lies on its picture, from the picture's middle."""
    x, y = browser.execute_script(
        """
        const { layout } = pullback.views.find((v) => v.node.name === arguments[0] && v.node.of === arguments[1]);
        const corner = pullback.cornerOf(layout, arguments[2]);
        return [corner.x + (layout.cell - layout.width) / 2, corner.y + (layout.cell - layout.height) / 2];
        """,
        name,
        of,
        flat,
    )
    return round(x), round(y)


def point_at(browser, name, flat, of="value"):
    """Move the pointer onto an entry."""
    from selenium.webdriver import ActionChains

    target = plate(browser, name, of)
    ActionChains(browser, duration=0).move_to_element_with_offset(target, *place_of(browser, name, flat, of)).perform()
    wait_a_frame(browser)


def click(browser, name, flat, of="value"):
    """Click an entry."""
    from selenium.webdriver import ActionChains

    point_at(browser, name, flat, of)
    ActionChains(browser, duration=0).click().perform()
    wait_a_frame(browser)


def press(browser, *keys):
    """Press keys, one after the other, wherever the focus is."""
    from selenium.webdriver import ActionChains

    for key in keys:
        ActionChains(browser, duration=0).send_keys(key).perform()
    wait_a_frame(browser)
