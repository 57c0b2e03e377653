// What a stranger to the house says of its log, with Go's own packages of the checksum database, as log-verifier.mjs runs it.
//
//	verify <verifier key> <folder>
//
// Standard input names the cases, one a line; for each, a line says "accepted", or why not:
//
//	inclusion <proof>
//	consistency <proof> <older checkpoint>
//	tiles <directory>
package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// c2sp.org/tlog-tiles fixes it.
const tileHeight = 8

type stranger struct {
	folder   string
	verifier note.Verifier
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s := stranger{os.Args[2], verifier}
	for cases := bufio.NewScanner(os.Stdin); cases.Scan(); {
		if err := s.check(strings.Fields(cases.Text())); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("accepted")
		}
	}
}

func (s stranger) check(words []string) error {
	switch words[0] {
	case "inclusion":
		return s.inclusion(words[1])
	case "consistency":
		return s.consistency(words[1], words[2])
	case "tiles":
		return s.tiles(words[1])
	}
	return errors.New("no such case")
}

func (s stranger) inclusion(name string) error {
	head, checkpoint, err := s.proof(name)
	if err != nil {
		return err
	}
	if len(head) < 3 || head[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no tlog-proof")
	}
	record, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(head[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(head[3:])
	if err != nil {
		return err
	}
	tree, err := s.tree(checkpoint)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(record))
}

func (s stranger) consistency(name, older string) error {
	head, checkpoint, err := s.proof(name)
	if err != nil {
		return err
	}
	path, err := hashes(head[1:])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(s.folder, older))
	if err != nil {
		return err
	}
	old, err := s.tree(text)
	if err != nil {
		return err
	}
	tree, err := s.tree(checkpoint)
	if err != nil {
		return err
	}
	if head[0] != fmt.Sprintf("old %d", old.N) {
		return errors.New("it begins at another size")
	}
	return tlog.CheckTree(path, tree.N, tree.Hash, old.N, old.Hash)
}

// The root of the checkpoint follows from the tiles, and so does every leaf's proof.
func (s stranger) tiles(directory string) error {
	directory = filepath.Join(s.folder, directory)
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := s.tree(text)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tileFiles(directory))
	for index := int64(0); index < tree.N; index++ {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		path, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, leaf[0]); err != nil {
			return err
		}
	}
	return nil
}

// The lines before the first empty one, and the checkpoint behind it.
func (s stranger) proof(name string) ([]string, []byte, error) {
	text, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		return nil, nil, err
	}
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	if !found {
		return nil, nil, errors.New("no checkpoint")
	}
	return strings.Split(head, "\n"), []byte(checkpoint), nil
}

func (s stranger) tree(checkpoint []byte) (tlog.Tree, error) {
	opened, err := note.Open(checkpoint, note.VerifierList(s.verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != s.verifier.Name() {
		return tlog.Tree{}, errors.New("no checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	path := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		path = append(path, hash)
	}
	return path, nil
}

// tileFiles reads tiles as c2sp.org/tlog-tiles names them: without the height, which the checksum database has in its paths.
type tileFiles string

func (tileFiles) Height() int { return tileHeight }

func (tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (directory tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, 0, len(tiles))
	for _, tile := range tiles {
		name := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(directory), name))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}
