"""What a stand-in for S3 takes from a bare loop: python s3_floor.py ENDPOINT OBJECTS.

Prints objects of 2 KB a second: put by boto3, and sent without a signature over one connection.
"""

import http.client
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import boto3

BODY = b"x" * 2048


def rate(put: Callable[[int], object], times: int) -> float:
    """Give how often a second something can be done."""
    put(0)
    began = time.perf_counter()
    for number in range(times):
        put(number)
    return times / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    _, endpoint, objects = sys.argv
    client = boto3.client("s3", region_name="eu-central-1", endpoint_url=endpoint)
    client.create_bucket(Bucket="floor", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    print(rate(lambda number: client.put_object(Bucket="floor", Key=f"key-{number}", Body=BODY), int(objects)))
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/s3/aws4_request"}

    def bare(number: int) -> None:
        connection.request("PUT", f"/floor/bare-{number}", BODY, signed)
        connection.getresponse().read()

    print(rate(bare, int(objects)))


if __name__ == "__main__":
    main()
