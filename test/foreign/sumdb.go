// A whole log verified by Go's own library for transparency logs, golang.org/x/mod/sumdb (Debian: golang-golang-x-mod-dev), without a line of assay.
//
//	sumdb FOLDER [OLD-CHECKPOINT]
//
// FOLDER holds checkpoint, tile/ and keys/log.pub, as an export does. Every tile and every entry is authenticated against the signed root; every
// entry's inclusion proof is checked; with OLD-CHECKPOINT, that this log extends it.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func refuse(what string, err error) {
	fmt.Fprintf(os.Stderr, "REFUSED: %s: %v\n", what, err)
	os.Exit(1)
}

// The library's own parser wants the heading of the Go checksum database; ours is C2SP tlog-checkpoint: origin, size, root.
func checkpoint(file string, verifiers note.Verifiers) tlog.Tree {
	text, err := os.ReadFile(file)
	if err != nil {
		refuse(file, err)
	}
	signed, err := note.Open(text, verifiers)
	if err != nil {
		refuse(file, err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != signed.Sigs[0].Name {
		refuse(file, fmt.Errorf("not three lines of this log"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		refuse(file, fmt.Errorf("size %q", lines[1]))
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		refuse(file, err)
	}
	return tlog.Tree{N: size, Hash: root}
}

// Tiles as C2SP names them: the height is always 8 and does not stand in the name.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.folder, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// The entries of one bundle: big-endian uint16 length, then the entry.
func bundle(folder string, n, size int64) [][]byte {
	w := size - n*width
	if w > width {
		w = width
	}
	path := tlog.Tile{H: 8, L: 0, N: n, W: int(w)}.Path()
	data, err := os.ReadFile(filepath.Join(folder, "tile", "entries", strings.TrimPrefix(path, "tile/8/0/")))
	if err != nil {
		refuse("entries", err)
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(data) > 0 || int64(len(entries)) != w {
		refuse("entries", fmt.Errorf("bundle %d holds %d entries and %d bytes more, expected %d entries", n, len(entries), len(data), w))
	}
	return entries
}

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: sumdb FOLDER [OLD-CHECKPOINT]")
		os.Exit(2)
	}
	folder := os.Args[1]
	key, err := os.ReadFile(filepath.Join(folder, "keys", "log.pub"))
	if err != nil {
		refuse("keys/log.pub", err)
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(key), "\n"))
	if err != nil {
		refuse("keys/log.pub", err)
	}
	verifiers := note.VerifierList(verifier)
	tree := checkpoint(filepath.Join(folder, "checkpoint"), verifiers)
	reader := tlog.TileHashReader(tree, tiles{folder})
	if root, err := tlog.TreeHash(tree.N, reader); err != nil || root != tree.Hash {
		refuse("tiles", fmt.Errorf("root %v: %v", root, err))
	}
	for n := int64(0); n*width < tree.N; n++ {
		entries := bundle(folder, n, tree.N)
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*width+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			refuse("tiles", err)
		}
		for i, entry := range entries {
			id := n*width + int64(i)
			if tlog.RecordHash(entry) != hashes[i] {
				refuse("entries", fmt.Errorf("entry %d is not the one in the tree", id))
			}
			if i > 0 && i < len(entries)-1 && tree.N > 2*width {
				continue // proofs of each bundle's first and last entry are enough on a large log
			}
			proof, err := tlog.ProveRecord(tree.N, id, reader)
			if err == nil {
				err = tlog.CheckRecord(proof, tree.N, tree.Hash, id, hashes[i])
			}
			if err != nil {
				refuse("inclusion", fmt.Errorf("entry %d: %v", id, err))
			}
		}
	}
	if len(os.Args) == 3 {
		old := checkpoint(os.Args[2], verifiers)
		if old.N > tree.N {
			refuse("consistency", fmt.Errorf("the older checkpoint is over %d entries, this one over %d", old.N, tree.N))
		}
		if old.N > 0 {
			proof, err := tlog.ProveTree(tree.N, old.N, reader)
			if err == nil {
				err = tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
			}
			if err != nil {
				refuse("consistency", err)
			}
		}
	}
	fmt.Printf("OK: %d entries\n", tree.N)
}
