"""Mutants of what people upload: chatstore/storage, chatstore/media, chatstore/api/files.py."""

from tests.mutants.mutant import Mutant

_CONTENTS, _UPLOADS = "storage/contents.py", "storage/uploads.py"
_STORED, _ASKED, _LOOKED = (
    "storage/test_files.py::test_",
    "api/test_files.py::test_",
    "media/test_looking.py::test_",
)
_DOOR, _SESSION, _CHILD = "api/files.py", "chat/session/files.py", "media/child.py"

FILES = [
    # On disk, and only then in the database.
    Mutant(
        "content-not-on-disk",
        "A row refers to a content that the disk does not have yet.",
        _CONTENTS,
        "            sync(self._part)  # it may be another file by now, or have lost what it had in places\n",
        "",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "on-disk-before-it-is-looked-at",
        "What was taken out of a picture or a film is on the disk still.",
        _CONTENTS,
        "            seen = look(self._part, self._head)\n",
        "            sync(self._part)\n"
        "            seen = look(self._part, self._head)\n"
        "            globals().update(sync=lambda _: None)\n",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "name-not-on-disk",
        "The name of a content is not put on disk.",
        _CONTENTS,
        "        sync(path.parent)\n",
        "",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "folder-not-on-disk",
        "A new folder of contents is not put on disk.",
        _CONTENTS,
        "            sync(self.folder)\n",
        "",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "thumbnail-not-on-disk",
        "A thumbnail is not put on disk.",
        _CONTENTS,
        "            sync(seen.thumbnail)\n",
        "",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "row-before-its-content",
        "A content has its place after the row that refers to it.",
        _SESSION,
        "                    content = writing.finish()\n                added = self._added(content)\n",
        "                    place = writing._folder.put\n"
        "                    later = []\n"
        "                    def put(part, thumbnail, digest):\n"
        "                        kept = part.with_name(part.name + '-kept')\n"
        "                        part.rename(kept)\n"
        "                        later.append((kept, f'{digest[:2]}/{digest[2:]}-x'))\n"
        "                        return later[-1][1]\n"
        "                    writing._folder.put = put\n"
        "                    content = writing.finish()\n"
        "                    writing._folder.put = place\n"
        "                added = self._added(content)\n"
        "                for kept, name in later:\n"
        "                    there = writing._folder.path(name)\n"
        "                    there.parent.mkdir(exist_ok=True)\n"
        "                    kept.rename(there)\n",
        _STORED + "everything_is_on_disk_before_its_row",
    ),
    Mutant(
        "a-place-twice",
        "The same content gets the same place again.",
        _CONTENTS,
        "{digest[:2]}/{digest[2:]}-{secrets.token_hex(4)}",
        "{digest[:2]}/{digest[2:]}",
        _STORED + "a_content_that_is_uploaded_while_it_is_collected_stays",
    ),
    Mutant(
        "half-a-file-stays",
        "What an upload has written stays if it breaks off.",
        _CONTENTS,
        "                self._part.with_name(self._part.name + end).unlink()\n",
        "                pass\n",
        _ASKED + "an_upload_that_breaks_off_leaves_nothing",
    ),
    Mutant(
        "refused-content-stays",
        "The content of a file that the writer refuses stays.",
        _SESSION,
        "            if error.code is not Code.NOT_STORED:  # otherwise it may be stored all the same\n",
        "            if False:\n",
        _STORED + "the_writer_asks_again_what_an_account_may_have",
    ),
    Mutant(
        "the-same-twice",
        "A content that there is already is stored once more.",
        _SESSION,
        "        if not added.used:\n",
        "        if False:\n",
        _STORED + "the_same_content_is_stored_once",
    ),
    # What goes, and what stays.
    Mutant(
        "collect-what-is-used",
        "The collector takes a content that a file has.",
        _UPLOADS,
        "        unused = there.keys() - used\n",
        "        unused = there.keys()\n",
        _STORED + "a_content_that_is_uploaded_while_it_is_collected_stays",
    ),
    Mutant(
        "everybody-keeps",
        "A file stays while anybody's message has its URL.",
        "storage/file_references.py",
        'files.c.account_id == bindparam("account"), files.c.token.in_',
        'bindparam("account") > 0, files.c.token.in_',
        _STORED + "what_others_say_of_a_file_keeps_nothing",
    ),
    Mutant(
        "erased-message-keeps",
        "A file stays when the last message that refers to it was erased.",
        "storage/file_references.py",
        "    connection.execute(delete(file_references).where(which), values)\n"
        "    Files(connection, now).remove_unreferred(lost)\n",
        "    connection.execute(delete(file_references).where(which), values)\n",
        _STORED + "a_file_goes_with_the_last_message_that_refers_to_it",
    ),
    Mutant(
        "room-keeps",
        "The files of a room stay when it is removed.",
        "storage/file_references.py",
        "    connection.execute(update(files).where(files.c.id.in_(there)).values(due_at=now))\n",
        "",
        _STORED + "retention_and_the_removal_of_a_room_take_files_along",
    ),
    Mutant(
        "unsaid-at-once",
        "A file that nobody has mentioned goes at once.",
        "chat/changes/files.py",
        "due_at = tx.now + self.kept.unsaid",
        "due_at = tx.now",
        _STORED + "what_was_never_said_stays_for_some_days",
    ),
    Mutant(
        "picture-of-a-person",
        "The picture that somebody has in their metadata goes.",
        _UPLOADS,
        "        kept = {row.id for row in unreferred if self.mentioned(row.account_id, row.token)}\n",
        "        kept = set()\n",
        _STORED + "what_was_never_said_stays_for_some_days",
    ),
    Mutant(
        "collect-during-a-backup",
        "The collector removes what a backup is about to copy.",
        "storage/collecting.py",
        "        if self._folder.held:\n            return False\n",
        "",
        _STORED + "nothing_is_removed_while_a_backup_is_made",
    ),
    Mutant(
        "remove-during-a-backup",
        "What was collected is removed though a backup has begun since.",
        "storage/collecting.py",
        "            if self._folder.held:\n                return\n",
        "",
        _STORED + "a_backup_that_begins_after_the_commit_keeps_the_contents",
    ),
    Mutant(
        "sweep-what-arrives",
        "The sweep removes a content whose row is about to be committed.",
        "storage/collecting.py",
        "if age > GRACE)",
        "if age >= 0)",
        _STORED + "the_sweep_takes_what_a_crash_has_left",
    ),
    Mutant(
        "anybody-removes",
        "Anybody may remove a file.",
        "chat/changes/files.py",
        "if found is None or self.account_id not in (None, found[0].account_id):",
        "if found is None:",
        _STORED + "only_its_owner_removes_it",
    ),
    # How much.
    Mutant(
        "quota-of-the-writer",
        "The writer does not ask what an account may have.",
        "chat/changes/files.py",
        "        if refused := quota_refusal(self.kept, count + 1, size + self.content.bytes):\n",
        "        if refused := None:\n",
        _STORED + "the_writer_asks_again_what_an_account_may_have",
    ),
    Mutant(
        "quota-of-many-at-once",
        "Uploads that are under way don't count.",
        _SESSION,
        "used = self._used + all_.bytes[self._account] + more",
        "used = self._used + more",
        _STORED + "quotas_count_what_is_under_way",
    ),
    Mutant(
        "reserved-for-ever",
        "What an upload has reserved counts after its end.",
        _SESSION,
        "                self._reserved.release()\n\n    @property",
        "                pass\n\n    @property",
        _STORED + "quotas_count_what_is_under_way",
    ),
    Mutant(
        "full-disk",
        "An upload fills the disk to its last byte.",
        _CONTENTS,
        "        if shutil.disk_usage(self.folder).free - size < floor:\n",
        "        if False:\n",
        _STORED + "what_is_too_much_is_refused_and_leaves_nothing",
    ),
    Mutant(
        "full-disk-is-another-error",
        "That the disk is full is told as an error of the server.",
        _CONTENTS,
        "    if error.errno in _FULL:\n",
        "    if False:\n",
        _STORED + "a_full_disk_refuses_the_upload_and_not_the_chat",
    ),
    # What it is, and how it is served.
    Mutant(
        "everything-inline",
        "A page may show every file.",
        "media/types.py",
        "    return media_type in _INLINE\n\n\ndef is_picture",
        "    return True\n\n\ndef is_picture",
        _ASKED + "nothing_that_may_have_a_script_is_shown",
    ),
    Mutant(
        "text-is-html",
        "A text that begins as HTML is served as that.",
        "media/types.py",
        "    return TEXT if _is_text(head) else UNKNOWN\n",
        '    return "text/html" if head[:1] == b"<" else TEXT if _is_text(head) else UNKNOWN\n',
        _LOOKED + "the_content_decides_the_type",
    ),
    Mutant(
        "files-without-nosniff",
        "A browser may guess the type of a file.",
        _DOOR,
        '            "X-Content-Type-Options": "nosniff",\n',
        '            "X-Content-Type-Options": "",\n',
        _ASKED + "what_is_served_can_do_nothing",
    ),
    Mutant(
        "files-without-a-sandbox",
        "A file is served without its sandbox.",
        _DOOR,
        '            "Content-Security-Policy": POLICY,\n',
        "",
        _ASKED + "what_is_served_can_do_nothing",
    ),
    Mutant(
        "files-of-rooms-for-all",
        "Where files are for members, anybody who has the URL gets them.",
        _DOOR,
        "        if self._members_only:\n            with self._access",
        "        if False:\n            with self._access",
        _ASKED + "files_for_members_are_fetched_with_a_login",
    ),
    Mutant(
        "members-who-came-later",
        "Where files are for members, those get them who could not read the message.",
        _SESSION,
        "        if room is not None and permissions.may_read_event(\n",
        "        if room is not None and member is not None or permissions.may_read_event(\n",
        _STORED + "members_fetch_what_was_said_where_they_read",
    ),
    Mutant(
        "a-form-is-a-file",
        "A form is stored as if it were the file.",
        _DOOR,
        'if request.media_type.startswith("multipart/"):',
        "if False:",
        _ASKED + "what_would_be_stored_as_something_else_is_refused",
    ),
    Mutant(
        "metadata-of-jpeg",
        "A JPEG keeps its Exif data.",
        "media/jpeg.py",
        '        if marker == _APP1 and data[at + 2 : at + 8] == b"Exif\\0\\0":\n'
        "            orientation = orientation_of(data[at + 8 : end])\n",
        '        if marker == _APP1 and data[at + 2 : at + 8] == b"Exif\\0\\0":\n'
        "            found.keep(at - 2, end)\n",
        _LOOKED + "metadata_goes_and_the_picture_stays_as_it_is_seen",
    ),
    Mutant(
        "comments-of-jpeg",
        "A JPEG keeps its comments.",
        "media/jpeg.py",
        "    return marker == _COM or (_APP0",
        "    return (_APP0",
        _LOOKED + "metadata_goes_and_the_picture_stays_as_it_is_seen",
    ),
    Mutant(
        "unknown-chunks-of-png",
        "A PNG keeps chunks that nobody knows.",
        "media/png.py",
        "        elif kind in _KEPT:\n",
        '        elif kind in _KEPT or kind == b"hTMl":\n',
        _LOOKED + "html_in_a_png_goes",
    ),
    Mutant(
        "behind-the-end-of-gif",
        "A GIF keeps what lies behind its end.",
        "media/gif.py",
        "            found.keep(at, at + 1)\n",
        "            found.keep(at, len(data))\n",
        _LOOKED + "what_lies_behind_the_end_goes",
    ),
    Mutant(
        "metadata-of-webp",
        "A WebP keeps its XMP.",
        "media/webp.py",
        'b"ANMF", b"ICCP"}',
        'b"ANMF", b"ICCP", b"XMP "}',
        _LOOKED + "metadata_goes_and_the_picture_stays_as_it_is_seen",
    ),
    Mutant(
        "metadata-of-films",
        "A film keeps where it was taken.",
        _CHILD,
        "            _clear(data, content, last)\n",
        "",
        _LOOKED + "metadata_goes",
    ),
    Mutant(
        "metadata-of-avif",
        "An AVIF keeps its Exif data.",
        _CHILD,
        "                _clear(data, first, last)\n",
        "",
        _LOOKED + "metadata_goes",
    ),
    Mutant(
        "stripped-and-not-stored",
        "What was taken out of a picture is in the stored one all the same.",
        _CHILD,
        "    part.replace(path)\n",
        "",
        _LOOKED + "metadata_goes_and_the_picture_stays_as_it_is_seen",
    ),
    Mutant(
        "pixels-without-number",
        "A picture may have any number of pixels.",
        _CHILD,
        "        if found.width * found.height > MOST_PIXELS:\n",
        "        if False:\n",
        _LOOKED + "a_bomb_has_no_thumbnail_and_is_not_shown",
    ),
    Mutant(
        "pieces-without-number",
        "A file may have any number of pieces.",
        "media/reading.py",
        "        if self.left < 0:\n",
        "        if False:\n",
        _LOOKED + "a_file_of_tiny_pieces_ends_after_a_number_of_steps",
    ),
    Mutant(
        "memory-of-a-decoder",
        "A decoder may take all memory.",
        _CHILD,
        "            (resource.RLIMIT_AS, MEMORY + size),\n",
        "",
        _LOOKED + "a_decoder_may_take_so_much_memory",
    ),
]
