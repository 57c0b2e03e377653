"""What a program does with boto3, as boto3.test.ts runs it; prints a line of JSON for each thing that it did.

    python boto3-walk.py <bucket> <ARN of a KMS key> <folder> <bytes of the large object>

Endpoint, region and credentials come from the environment.
"""

import hashlib
import io
import json
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

bucket, kms_key, folder, large_bytes = sys.argv[1:]
s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
kinds = {
    "SSE-S3": {"ServerSideEncryption": "AES256"},
    "SSE-KMS": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key},
    "bucket key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key, "BucketKeyEnabled": True},
}


def bytes_of(name, size):
    return hashlib.shake_256(name.encode()).digest(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def get(key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def did(what, is_right=True):
    print(json.dumps([what, is_right]), flush=True)


s3.create_bucket(Bucket=bucket)
did("bucket")

for kind, sse in kinds.items():
    data = bytes_of(kind, 200_001)
    answer = s3.put_object(Bucket=bucket, Key=f"put/{kind}", Body=data, Metadata={"a": "1"}, **sse)
    head = s3.head_object(Bucket=bucket, Key=f"put/{kind}")
    is_right = (
        all(answer.get(name) == value and head.get(name) == value for name, value in sse.items())
        and head["Metadata"] == {"a": "1"}
        and sha256(get(f"put/{kind}")) == sha256(data)
        and get(f"put/{kind}", Range="bytes=65530-131100") == data[65530:131101]
    )
    did(f"put and get, {kind}", is_right)

large = bytes_of("large", int(large_bytes))
config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20)
for kind in ["SSE-S3", "SSE-KMS"]:
    sse = kinds[kind]
    s3.upload_fileobj(io.BytesIO(large), bucket, f"parts/{kind}", ExtraArgs=sse, Config=config)
    path = f"{folder}/large"
    s3.download_file(bucket, f"parts/{kind}", path, Config=config)
    with open(path, "rb") as file:
        is_right = sha256(file.read()) == sha256(large)
    did(f"upload and download in parts, {kind}", is_right)

for source in kinds:
    for target, sse in kinds.items():
        s3.copy_object(
            Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": f"put/{source}"}, **sse
        )
        is_right = sha256(get("copied")) == sha256(bytes_of(source, 200_001))
        did(f"copy, {source} to {target}", is_right)
s3.copy({"Bucket": bucket, "Key": "parts/SSE-S3"}, bucket, "copied in parts", ExtraArgs=kinds["SSE-KMS"], Config=config)
did("copy in parts", sha256(get("copied in parts")) == sha256(large))

names = {"Bucket": bucket, "Key": "signed before"}
request = urllib.request.Request(
    s3.generate_presigned_url("put_object", Params=names), data=large[:1000], method="PUT"
)
urllib.request.urlopen(request).read()
data = urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=names)).read()
did("presigned", data == large[:1000])

pages = s3.get_paginator("list_objects_v2").paginate(
    Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
)
listed = []
for page in pages:
    listed += [one["Key"] for one in page.get("Contents", [])]
    listed += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
did("list with a delimiter", sorted(listed) == ["copied", "copied in parts", "parts/", "put/", "signed before"])

keys = [one["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket=bucket) for one in page["Contents"]]
s3.delete_object(Bucket=bucket, Key=keys[0])
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[1:]]})
did("delete", s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0)
try:
    get(keys[0])
except s3.exceptions.NoSuchKey:
    did("what was deleted is not there")
s3.delete_bucket(Bucket=bucket)
did("delete the bucket")
