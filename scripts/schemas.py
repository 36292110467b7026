"""Write the published JSON Schemas anew, after a change of the messages' models."""

import json
from pathlib import Path

from befresh_agent.domain.message_schemas import schemas

TARGET = Path(__file__).parents[1] / "src" / "befresh_agent" / "schemas"

if __name__ == "__main__":
    for name, schema in schemas().items():
        (TARGET / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"wrote {TARGET / name}")
