// What a program does with the AWS SDK for Go v2, as s3-clients.mjs runs it; prints a line for each thing that it did.
//
//	walk <endpoint> <bucket> <ARN of a KMS key> <bytes of the large object>
//
// Credentials and region come from the environment.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func main() {
	ctx := context.Background()
	endpoint, bucket, key := os.Args[1], os.Args[2], os.Args[3]
	size, err := strconv.Atoi(os.Args[4])
	must(err)
	loaded, err := config.LoadDefaultConfig(ctx)
	must(err)
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.BaseEndpoint = aws.String(endpoint)
		o.UsePathStyle = true
	})
	_, err = client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	must(err)
	large := make([]byte, size)
	rand.New(rand.NewSource(7)).Read(large)
	small := large[:200_001]
	get := func(name string, ranged *string) []byte {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &name, Range: ranged})
		must(err)
		defer got.Body.Close()
		all, err := io.ReadAll(got.Body)
		must(err)
		return all
	}

	_, err = client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("put/kms"), Body: bytes.NewReader(small),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &key,
	})
	must(err)
	did("put and get", same(get("put/kms", nil), small))
	did("range", same(get("put/kms", aws.String("bytes=65530-131100")), small[65530:131101]))
	_, err = manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("parts"), Body: bytes.NewReader(large),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &key,
	})
	must(err)
	did("upload in parts", same(get("parts", nil), large))
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &bucket, Key: aws.String("copied"), CopySource: aws.String(bucket + "/put/kms"),
		ServerSideEncryption: types.ServerSideEncryptionAes256,
	})
	must(err)
	did("copy to SSE-S3", same(get("copied", nil), small))
	signed, err := s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &bucket, Key: aws.String("copied"),
	})
	must(err)
	answer, err := http.Get(signed.URL)
	must(err)
	all, err := io.ReadAll(answer.Body)
	must(err)
	did("presigned", same(all, small))
	listed, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, Delimiter: aws.String("/")})
	must(err)
	did("list with a delimiter", len(listed.Contents) == 2 && len(listed.CommonPrefixes) == 1)
	for _, name := range []string{"put/kms", "parts", "copied"} {
		_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &name})
		must(err)
	}
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	must(err)
	did("delete", true)
}

func same(is, should []byte) bool {
	return sha256.Sum256(is) == sha256.Sum256(should)
}

func did(what string, isRight bool) {
	if !isRight {
		must(fmt.Errorf("%s: other bytes", what))
	}
	fmt.Println(what)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
