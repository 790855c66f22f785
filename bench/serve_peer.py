"""The server that bench/serve.py measures Inkling's against: FastAPI and ONNX Runtime, as their tutorials put them together.

    INKLING_PEER_MODEL=FILE.onnx INKLING_PEER_NAMES='["0", "1"]' uvicorn serve_peer:app

FILE.onnx is what 'inkling export --onnx FILE.onnx --probabilities' writes.
"""
import json
import os

import numpy
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

NAMES = json.loads(os.environ["INKLING_PEER_NAMES"])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # of each of uvicorn's workers, one for each processor
session = onnxruntime.InferenceSession(os.environ["INKLING_PEER_MODEL"], options)
app = FastAPI()


class Images(BaseModel):
    images: list[list[int]]


@app.post("/v1/predict")
def predict(request: Images):
    images = numpy.array(request.images, numpy.float32).reshape(-1, 1, 28, 28) / 255
    pictures = []
    for row in session.run(None, {session.get_inputs()[0].name: images})[0]:
        classes = [{"name": NAMES[label], "probability": float(row[label])} for label in numpy.argsort(-row)]
        pictures.append({"characters": [{"classes": classes}]})
    return {"pictures": pictures}
