"""What the programs that take no more than -t and -c FILE make of them."""
import pytest

from lib.lab import BUILD, run


@pytest.mark.parametrize("program", ["deliver/quoin-deliver", "cups/quoin-cups", "intake/quoin-intake"])
def test_options(lab, program):
    program, conf = BUILD / program, lab.dir / "quoin.conf"

    def says(*words):
        p = run(program, *words, check=False)
        return p.returncode, p.stderr
    for words in (["-x"], ["-t", "word"], ["-c"]):
        code, text = says(*words)
        assert code == 2 and f"usage: {program.name} [-t] [-c FILE]\n" in text, words
    assert says("-t", "-c", "/nonexistent")[0] == 1
    assert says("-c", "/nonexistent")[0] == 1 and "/nonexistent: No such file" in says("-c", "/nonexistent")[1]
    conf.write_text("user-backend = 7\nno-such-key = 1\n")
    assert says("-t", "-c", conf)[0] == 1
    conf.write_text("user-backend = 7\n")
    assert says("-t", "-c", conf) == (0, "")
