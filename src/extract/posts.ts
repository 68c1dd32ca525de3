import { keep } from './memo.ts'
import { MAX_NAMES, nameBits } from './names.ts'
import { drop, eachBelow, isHeading, isNamed, type Part, type Parts, within } from './parts.ts'

/**
 * Class names, in lower case, by which the software that forums run on calls what it sets around every post and thread.
 */
const lists = {
  /** Who wrote a post, and since when, from where and how often. */
  writer: `postprofile postdetails userinfo userinfo_extra username_container user-info user_info b-userinfo message-user
    message-cell--user messageuserinfo messageuserblock cauthorpane ipscomment_author ipscomment_badges ipsentry__header
    post_author author_information author_statistics poster authorinfo bbp-reply-author bbp-topic-author bbp-author-role
    author-pane forum-post-panel-sub post-signature qa-q-view-avatar-meta qa-a-item-avatar-meta qa-c-item-avatar-meta
    qa-q-view-meta qa-a-item-meta qa-c-item-meta usertitle user-title userstats user-stats`,
  /** What can be done with it. */
  controls: `post-buttons postcontrols nodecontrols postfoot b-post__footer b-post-control message-actionbar
    message-footer publiccontrols privatecontrols ipscomment_controls ipsitemcontrols ipsentry__footer ipsentry__controls
    post_controls post_management_buttons postbit_buttons quickbuttons moderatorbar reportlinks post-tools post-controls
    post-actions moderator-tools bbp-admin-links bbp-meta js-post-menu qa-q-view-buttons qa-a-item-buttons
    qa-c-item-footer forum-post-links usertext-edit bbcodeblock-expandlink quoteexpand`,
  /** What readers and moderators made of it. */
  marks: `reactionsbar likessummary ipsreact reactions js-voting-container qa-voting js-post-notice message-lastedit
    lastedited message-newindicator messagenotices editdate post-likes crawler-linkback-list`,
  /** What stands around the thread. */
  thread: `action-bar jumpbox jumpbox-return stat-block online-list thread_info forumrules posting_rules quick_reply
    quickreply js-quickreply blockmessage structitem block-outer pagenavlinkgroup sharepage sharebuttons ctopicoverview
    ctopicpostarea ipscomposearea pagesection commentform pagecontrols boxbuttons inlinetags bbp-template-notice
    bbp-pagination bbp-reply-form bbp-topic-form bbp-topic-tags post-taglist qa-q-view-tags qa-part-q-list qa-sidepanel
    related-topics suggested-topics similar-topics similar-threads thread-tools topic-tools`,
} as const

const around: ReadonlySet<string> = new Set(Object.values(lists).flatMap((list) => list.split(/\s+/)))

/** Share of a page's text from which on a part is no mere surroundings, whatever it is called. */
const MOST = 0.5

/** Drops what is around the posts of a thread, but for headings within: some of those name who wrote what follows. */
export function dropAroundPosts(parts: Parts, body: Part): void {
  const isAround = keep((names) => {
    const words = names.slice(0, MAX_NAMES).toLowerCase().split(/\s+/)
    return words.some((word) => around.has(word))
  })
  eachBelow(parts, body, (part) => {
    // Within another that holds headings.
    if (part.isSurelyOut) return
    const { class: names = '', id = '' } = part.element.attribs
    const isOut = isNamed(part, nameBits.signature) || isAround(names) || isAround(id)
    if (isOut && part.text < MOST * body.text) dropAllButHeadings(parts, part)
  })
}

function dropAllButHeadings(parts: Parts, part: Part): void {
  if (part.headings === 0 || isHeading(part)) {
    drop(parts, part, true)
    return
  }
  part.isSurelyOut = true
  for (const child of within(parts, part)) if (!isHeading(child)) dropAllButHeadings(parts, child)
}
