/** Where the program of every site listens for the streams of the site before it, at the site's own address: the same on every link. */
export const streamPort = 5600;
