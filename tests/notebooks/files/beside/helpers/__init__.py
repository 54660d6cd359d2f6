from pathlib import Path

HERE = Path(__file__).parent


def words():
    return (HERE / "data" / "words.txt").read_text().split()
