"""The functions' names with nothing behind them: what is deployed in moments."""

import os

from chalice import Chalice
from chalicelib import ANSWER

app = Chalice(app_name="riffle")


@app.lambda_function(name="resolve")
def resolve(event: object, context: object) -> object:
    return {"data": ANSWER, "bucket": os.environ["RIFFLE_BUCKET"]}


@app.lambda_function(name="search")
def search(event: object, context: object) -> object:
    return {"data": ANSWER}


@app.lambda_function(name="ingest")
def ingest(event: object, context: object) -> object:
    return {"batchItemFailures": []}


@app.lambda_function(name="answer")
def answer(event: object, context: object) -> object:
    return {"batchItemFailures": []}


@app.lambda_function(name="maintain")
def maintain(event: object, context: object) -> None:
    return None
